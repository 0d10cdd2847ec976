// Streams on real sockets and in memory: waiting, deferring, backpressure, deadlines, ends.
#include "net/stream.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <thread>

#include "loop.hpp"
#include "memory_transport.hpp"
#include "net/socket.hpp"

using namespace sluice;
using namespace sluice::net;
using namespace std::chrono_literals;

namespace {

// A connected pair: a stream on one end, a descriptor for the test on the other.
struct SocketPair {
  int far = -1;
  std::unique_ptr<Stream> near;

  explicit SocketPair(Reactor& reactor, int buffer = 0) {
    int fds[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
    if (buffer) ::setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
    far = fds[1];
    near = std::make_unique<Stream>(reactor, std::make_unique<SocketTransport>(Socket(fds[0])),
                                    FlushSide::client);
  }
  ~SocketPair() { close_far(); }
  void close_far() {
    if (far >= 0) ::close(std::exchange(far, -1));
  }
  std::string take() const {
    char bytes[65536];
    std::string all;
    for (ssize_t n; (n = ::read(far, bytes, sizeof bytes)) > 0;)
      all.append(bytes, static_cast<std::size_t>(n));
    return all;
  }
  void say(std::string_view s) const {
    EXPECT_EQ(::write(far, s.data(), s.size()), static_cast<ssize_t>(s.size()));
  }
};

struct Reading {
  std::string got;
  bool ended = false;
  std::string error;
};

Task<Unit> read_all(Stream& s, Reading& r) {
  char bytes[100];
  for (;;) {
    auto reading = s.read(bytes);
    auto n = co_await reading;
    if (!n) {
      r.error = n.error().cause;
      co_return Unit{};
    }
    if (*n == 0) {
      r.ended = true;
      co_return Unit{};
    }
    r.got.append(bytes, *n);
  }
}

struct Streams : testing::Test {
  TestLoop loop;
  Scope scope;
};

struct Writing {
  bool done = false;
  std::string error;
};

Task<Unit> write_through(Stream& s, std::string_view bytes, Writing& w) {
  auto writing = s.write_through({bytes});
  auto r = co_await writing;
  w.done = true;
  if (!r) w.error = r.error().cause;
  co_return Unit{};
}

}  // namespace

TEST_F(Streams, ReadWhatComesUntilTheEnd) {
  SocketPair pair(loop.reactor);
  Reading r;
  scope.spawn(read_all(*pair.near, r));
  loop.spin();
  pair.say("hello ");
  loop.spin();
  EXPECT_EQ(r.got, "hello ");
  pair.say("world");
  pair.close_far();
  loop.spin();
  EXPECT_EQ(r.got, "hello world");
  EXPECT_TRUE(r.ended);
}

TEST_F(Streams, AnEndThatCameTogetherWithTheLastBytesIsSeen) {
  SocketPair pair(loop.reactor);
  pair.say("bye");
  ::shutdown(pair.far, SHUT_WR);
  Reading r;
  scope.spawn(read_all(*pair.near, r));
  loop.spin();
  EXPECT_EQ(r.got, "bye");
  EXPECT_TRUE(r.ended);
}

TEST_F(Streams, WritesOfOneTurnLeaveTogetherWhenItEnds) {
  MemoryWire wire;
  Stream stream(loop.reactor, wire.near(), FlushSide::client);
  auto a = stream.write("a");
  auto b = stream.write("b");
  EXPECT_TRUE(a.ready() && b.ready());
  EXPECT_EQ(wire.arrived(), "");
  loop.spin();
  EXPECT_EQ(wire.arrived(), "ab");
}

TEST_F(Streams, AWriteThatNoEventCausedLeavesAtOnce) {
  // As a timer, Redis or another thread would do it, on the real clock and a loop that really waits.
  Reactor reactor(0);
  std::string got;
  std::thread worker([&] { reactor.run(); });
  std::unique_ptr<SocketPair> pair;
  std::atomic<bool> ready{false};
  reactor.mailbox().post([&] {
    pair = std::make_unique<SocketPair>(reactor);
    ready = true;
  });
  while (!ready) std::this_thread::yield();
  reactor.mailbox().post([&] { (void)pair->near->write("429"); });
  timeval limit{5, 0};
  ::setsockopt(pair->far, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  char bytes[8];
  fcntl(pair->far, F_SETFL, 0);
  EXPECT_EQ(::read(pair->far, bytes, sizeof bytes), 3);
  std::atomic<bool> gone{false};
  reactor.mailbox().post([&] {
    pair.reset();
    gone = true;
  });
  while (!gone) std::this_thread::yield();
  reactor.stop();
  worker.join();
}

TEST_F(Streams, LargeWritesWaitForTheOtherSide) {
  SocketPair pair(loop.reactor, 4096);
  std::string body(1'000'000, 'x');
  Writing w;
  scope.spawn(write_through(*pair.near, body, w));
  loop.spin();
  EXPECT_FALSE(w.done);
  std::string got;
  for (int i = 0; i < 2000 && !w.done; ++i) {
    got += pair.take();
    loop.reactor.poll();
  }
  got += pair.take();
  EXPECT_TRUE(w.done);
  EXPECT_EQ(got, body);
}

TEST_F(Streams, WhatWasBufferedGoesBeforeWhatIsSentThrough) {
  MemoryWire wire;
  Stream stream(loop.reactor, wire.near(), FlushSide::client);
  wire.attach(stream);
  wire.limit(3);
  auto head = stream.write("head:");
  Writing w;
  scope.spawn(write_through(stream, "body", w));
  std::string got;
  for (int i = 0; i < 10; ++i) {
    loop.spin();
    got += wire.take();
  }
  EXPECT_EQ(got, "head:body");
  EXPECT_TRUE(w.done);
}

TEST_F(Streams, AFullBufferMakesTheWriterWait) {
  MemoryWire wire;
  Stream stream(loop.reactor, wire.near(), FlushSide::client);
  wire.attach(stream);
  wire.limit(1000);
  std::string piece(10'000, 'p');
  auto first = stream.write(piece);
  EXPECT_TRUE(first.ready());
  auto second = stream.write(piece);
  EXPECT_FALSE(second.ready());
}

TEST_F(Streams, AnIdleStreamHoldsNoBuffer) {
  MemoryWire wire;
  Stream stream(loop.reactor, wire.near(), FlushSide::client);
  auto block = loop.reactor.buffers().take();
  auto* only = block.data();
  block.reset();
  auto writing = stream.write("x");
  loop.spin();
  EXPECT_EQ(loop.reactor.buffers().take().data(), only);
}

TEST_F(Streams, AReadGivesUpAtItsDeadline) {
  MemoryWire wire;
  Stream stream(loop.reactor, wire.near(), FlushSide::client);
  wire.attach(stream);
  Reading r;
  stream.set_read_deadline(loop.reactor.now() + 5s);
  scope.spawn(read_all(stream, r));
  loop.advance(4900ms);
  EXPECT_EQ(r.error, "");
  loop.advance(200ms);
  EXPECT_EQ(r.error, "read_timeout");
}

TEST_F(Streams, ABrokenConnectionIsToldToItsOwnerReaderAndWriter) {
  struct Owner : Stream::Owner {
    int gone = 0;
    void on_gone(Stream&) noexcept override { ++gone; }
  } owner;
  MemoryWire wire;
  Stream stream(loop.reactor, wire.near(), FlushSide::client);
  wire.attach(stream);
  stream.set_owner(&owner);
  wire.limit(10);
  Reading r;
  Writing w;
  scope.spawn(read_all(stream, r));
  scope.spawn(write_through(stream, std::string_view("more than ten bytes"), w));
  loop.spin();
  wire.reset();
  loop.spin();
  EXPECT_EQ(owner.gone, 1);
  EXPECT_EQ(r.error, "reset");
  EXPECT_EQ(w.error, "reset");
}

TEST_F(Streams, FinishingSendsWhatIsPendingFirst) {
  SocketPair pair(loop.reactor);
  auto writing = pair.near->write("last words");
  pair.near->finish();
  loop.spin();
  EXPECT_EQ(pair.take(), "last words");
  char c;
  EXPECT_EQ(::read(pair.far, &c, 1), 0);
}

TEST_F(Streams, DestroyingAWaitingWriterLeavesTheStreamUsable) {
  MemoryWire wire;
  Stream stream(loop.reactor, wire.near(), FlushSide::client);
  wire.attach(stream);
  wire.limit(4);
  {
    Scope doomed;
    Writing w;
    std::string gone = "0123456789";
    doomed.spawn(write_through(stream, gone, w));
    loop.spin();
  }
  EXPECT_EQ(wire.take(), "0123");
  wire.limit(SIZE_MAX);
  auto writing = stream.write("next");
  loop.spin();
  EXPECT_EQ(wire.take(), "next");
}
