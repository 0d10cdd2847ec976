// The coroutine spellings that the code base uses, each with an object that counts its lives: a compiler that
// destroys one twice, or not at all, is noticed here (docs/decisions/coroutines.md).
#include <gtest/gtest.h>

#include <string>

#include "sluice/eventual.hpp"

using namespace sluice;

namespace {

int alive = 0;

struct Counted {
  Counted() { ++alive; }
  Counted(const Counted&) { ++alive; }
  Counted(Counted&&) noexcept { ++alive; }
  ~Counted() { --alive; }
};

struct Never {
  Counted c;
  Never() {}
  bool await_ready() const { return false; }
  void await_suspend(std::coroutine_handle<>) {}
  void await_resume() {}
};

struct Constructed {
  Counted c;
  std::string text;
  Constructed(Counted counted, std::string t) : c(std::move(counted)), text(std::move(t)) {}
};

struct Aggregate {
  Counted c;
  std::string text;
};

const std::string long_text = "longer than what a string keeps in itself";

Task<Unit> hang(Counted) {
  co_await Never{};
  co_return Unit{};
}
Task<Unit> hang_with(Constructed) {
  co_await Never{};
  co_return Unit{};
}
Task<Unit> hang_with_aggregate(Aggregate) {
  co_await Never{};
  co_return Unit{};
}
Task<Counted> give(Counted c) {
  co_return c;
}
Task<std::string> text() {
  co_return long_text;
}
Eventual<Unit> eventually(Counted c) {
  return hang(std::move(c));
}

// Each is started and then destroyed, finished or not.
struct Spelling {
  const char* name;
  Task<Unit> (*run)();
};

const Spelling spellings[] = {
    {"a named task",
     []() -> Task<Unit> {
       auto t = hang(Counted{});
       co_await t;
       co_return Unit{};
     }},
    {"a named task whose argument is an aggregate",
     []() -> Task<Unit> {
       auto t = hang_with_aggregate(Aggregate{Counted{}, long_text});
       co_await t;
       co_return Unit{};
     }},
    {"a temporary with a constructor as argument",
     []() -> Task<Unit> {
       co_await hang_with(Constructed{Counted{}, long_text});
       co_return Unit{};
     }},
    {"a named eventual",
     []() -> Task<Unit> {
       auto e = eventually(Counted{});
       co_await e;
       co_return Unit{};
     }},
    {"a value of a finished task",
     []() -> Task<Unit> {
       auto t = give(Counted{});
       auto c = co_await t;
       co_await Never{};
       co_return Unit{};
     }},
    {"two awaits in one expression",
     []() -> Task<Unit> {
       auto s = co_await text() + co_await text();
       EXPECT_EQ(s, long_text + long_text);
       co_return Unit{};
     }},
    {"an await in a condition",
     []() -> Task<Unit> {
       if (auto t = text(); (co_await t).size() == long_text.size()) co_await Never{};
       co_return Unit{};
     }},
    {"an await in a loop with a local",
     []() -> Task<Unit> {
       for (int i = 0; i < 3; ++i) {
         Counted c;
         auto t = text();
         if (auto s = co_await t; i == 1) co_await Never{};
       }
       co_return Unit{};
     }},
    {"then of a task",
     []() -> Task<Unit> {
       auto e = Eventual<Counted>(give(Counted{})).then([c = Counted{}](Counted) -> Eventual<Unit> {
         return Unit{};
       });
       co_await e;
       co_return Unit{};
     }},
};

}  // namespace

TEST(CoroutineSpelling, EverythingDiesOnce) {
  for (auto& s : spellings) {
    ASSERT_EQ(alive, 0);
    {
      auto task = s.run();
      task.start();
    }
    EXPECT_EQ(alive, 0) << s.name;
  }
}
