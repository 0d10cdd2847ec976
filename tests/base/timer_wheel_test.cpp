#include "base/timer_wheel.hpp"

#include <gtest/gtest.h>

#include <list>
#include <random>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

struct Alarm : Timer {
  TimePoint due{};
  TimePoint fired{};
  TimerWheel* wheel = nullptr;
  int times = 0;
};

void note(Timer& t) {
  auto& a = static_cast<Alarm&>(t);
  a.fired = a.wheel->now();
  ++a.times;
}

const TimePoint start{1000s};

// Advances as the loop does: to the moment that the wheel asks for, or in steps of an unrelated rhythm.
void run_until(TimerWheel& wheel, TimePoint end, Duration rhythm = Duration::max()) {
  while (wheel.now() < end) {
    auto next = std::min(wheel.next(), end);
    if (rhythm != Duration::max()) next = std::min(next, wheel.now() + rhythm);
    wheel.advance(std::max(next, wheel.now() + 1us));
  }
}

}  // namespace

TEST(TimerWheel, SleepsForeverWhenNothingIsArmed) {
  TimerWheel wheel(start);
  EXPECT_EQ(wheel.next(), TimePoint::max());
  wheel.advance(start + 100h);
  EXPECT_EQ(wheel.next(), TimePoint::max());
}

TEST(TimerWheel, FiresNeverEarlyAndAtMostATickLate) {
  for (auto rhythm : {Duration::max(), Duration(1ms), Duration(333ms)}) {
    TimerWheel wheel(start);
    std::mt19937_64 random(7);
    std::list<Alarm> alarms;
    for (Duration span : std::initializer_list<Duration>{300ms, 20s, 1200s, 30h})
      for (int i = 0; i < 200; ++i) {
        auto& a = alarms.emplace_back();
        a.wheel = &wheel;
        a.due = start + Duration(random() % span.count());
        wheel.arm(a, a.due, note);
      }
    run_until(wheel, start + 31h, rhythm == Duration(1ms) ? Duration(97s) : rhythm);
    auto late = rhythm == Duration::max() ? Duration(TimerWheel::tick) : Duration(98s);
    for (auto& a : alarms) {
      ASSERT_EQ(a.times, 1) << (a.due - start).count();
      ASSERT_GE(a.fired, a.due);
      ASSERT_LE(a.fired - a.due, late);
    }
  }
}

TEST(TimerWheel, ArmingAfterALongSleepIsMeasuredFromNow) {
  TimerWheel wheel(start);
  for (int i = 0; i < 5000; ++i) {
    Alarm a;
    a.wheel = &wheel;
    a.due = wheel.now() + 7ms * (i % 977);
    wheel.arm(a, a.due, note);
    run_until(wheel, a.due + 8ms);
    ASSERT_EQ(a.times, 1);
    ASSERT_LE(a.fired - a.due, TimerWheel::tick + 1us);
  }
}

TEST(TimerWheel, ADisarmedOrDeadTimerDoesNotFire) {
  TimerWheel wheel(start);
  Alarm kept;
  kept.wheel = &wheel;
  {
    Alarm dead;
    wheel.arm(dead, start + 10ms, note);
  }
  wheel.arm(kept, start + 10ms, note);
  kept.disarm();
  EXPECT_FALSE(kept.armed());
  wheel.advance(start + 1s);
  EXPECT_EQ(kept.times, 0);
}

TEST(TimerWheel, ArmingAgainMoves) {
  TimerWheel wheel(start);
  Alarm a;
  a.wheel = &wheel;
  wheel.arm(a, start + 10ms, note);
  wheel.arm(a, start + 500ms, note);
  wheel.advance(start + 400ms);
  EXPECT_EQ(a.times, 0);
  wheel.advance(start + 600ms);
  EXPECT_EQ(a.times, 1);
}

TEST(TimerWheel, MayArmItselfWhileFiring) {
  TimerWheel wheel(start);
  Alarm a;
  a.wheel = &wheel;
  wheel.arm(a, start + 4ms, [](Timer& t) {
    auto& self = static_cast<Alarm&>(t);
    if (++self.times < 5) self.wheel->arm(self, self.wheel->now() + 4ms, note);
  });
  wheel.advance(start + 4ms);
  EXPECT_EQ(a.times, 1);
  wheel.advance(start + 8ms);
  EXPECT_EQ(a.times, 2);
}

TEST(TimerWheel, AsksTheWallClockOnceInATurn) {
  static int asked;
  asked = 0;
  TimerWheel wheel(start, nullptr, [] { return WallPoint(std::chrono::seconds(++asked)); });
  EXPECT_EQ(wheel.wall(), WallPoint(1s));
  EXPECT_EQ(wheel.wall(), WallPoint(1s));
  wheel.set_now(start + 1ms);
  EXPECT_EQ(asked, 1);
  EXPECT_EQ(wheel.wall(), WallPoint(2s));
  EXPECT_EQ(wheel.wall(), WallPoint(2s));
}
