// Who is served by whom: shares, staying, moving, being told where to go. The callers are simulated.
#include "proxy/split.hpp"

#include <cmath>
#include <set>

#include "proxy/gateway_fixture.hpp"

using namespace sluice;
using namespace sluice::proxy;
using namespace std::chrono_literals;
using proxy::testing::Call;
using proxy::testing::GatewayTest;
using proxy::testing::LambdaForwarding;

namespace {

constexpr int callers = 20'000;

struct SplitTest : GatewayTest {
  config::Split settings;
  std::vector<std::string> sides;
  std::shared_ptr<Weights> weights;
  std::unique_ptr<Split> split;

  void divide(const Weights::Table& table, std::vector<std::string> order = {}) {
    sides = std::move(order);
    if (sides.empty())
      for (auto& [name, weight] : table) sides.push_back(name);
    weights = std::make_shared<Weights>(table, 1);
    split = std::make_unique<Split>(settings, sides, weights, "orders", metrics);
  }

  // Where this request goes; "" nowhere.
  std::string side_of(Exchange& x) {
    auto choice = split->choose(x);
    return choice ? sides[choice->side] : "";
  }
  std::string side_of(const std::string& address) {
    Call call(*this, "GET", "/");
    call.x.client_text = address;
    return side_of(call.x);
  }
  // The side of each of many callers.
  std::vector<std::string> everybody() {
    std::vector<std::string> all;
    for (int i = 0; i < callers; ++i) all.push_back(side_of("caller-" + std::to_string(i)));
    return all;
  }
  static double share(const std::vector<std::string>& all, const std::string& side) {
    return static_cast<double>(std::ranges::count(all, side)) / callers;
  }
  // Who moved, as "from>to", with how many of all.
  static std::map<std::string, double> moves(const std::vector<std::string>& before,
                                             const std::vector<std::string>& after) {
    std::map<std::string, double> moved;
    for (std::size_t i = 0; i < before.size(); ++i)
      if (before[i] != after[i]) moved[before[i] + '>' + after[i]] += 1.0 / callers;
    return moved;
  }
  std::map<std::string, double> moves_to(const Weights::Table& table) {
    auto before = everybody();
    weights->exchange(table);
    return moves(before, everybody());
  }
};

// Three standard deviations of a share that is drawn by so many.
double tolerance(double share) {
  return 3 * std::sqrt(share * (1 - share) / callers);
}

}  // namespace

TEST_F(SplitTest, EachSideHasItsShareOfTheCallers) {
  for (auto& table : std::vector<Weights::Table>{{{"new", 1}, {"old", 99}},
                                                 {{"new", 10}, {"old", 90}},
                                                 {{"a", 1}, {"b", 1}},
                                                 {{"a", 5}, {"b", 3}, {"c", 2}},
                                                 {{"a", 1}, {"b", 1000}, {"c", 1000}, {"d", 0}}}) {
    divide(table);
    double total = 0;
    for (auto& [name, weight] : table) total += weight;
    auto all = everybody();
    for (auto& [name, weight] : table)
      EXPECT_NEAR(share(all, name), weight / total, tolerance(weight / total)) << name;
  }
}

TEST_F(SplitTest, ACallerStaysWhereItIs) {
  divide({{"new", 10}, {"old", 90}});
  auto first = everybody();
  EXPECT_EQ(everybody(), first);
  divide({{"new", 10}, {"old", 90}});
  EXPECT_EQ(everybody(), first) << "after a restart, on another replica";
  divide({{"new", 1}, {"old", 9}});
  EXPECT_EQ(everybody(), first) << "shares are what counts";
  divide({{"new", 10}, {"old", 90}}, {"old", "new"});
  EXPECT_EQ(everybody(), first) << "not their order";
}

// With other numbers every caller of every gateway would move at an upgrade.
TEST_F(SplitTest, TheHashIsTheSameForAllTime) {
  divide({{"orders", 90}, {"orders-next", 10}});
  EXPECT_EQ(Split::hash_of("192.0.2.7"), 542374564751049564u);
  std::string drawn;
  for (int i = 0; i < 40; ++i) drawn += side_of("caller-" + std::to_string(i)) == "orders" ? '.' : 'N';
  EXPECT_EQ(drawn, ".N...........N......N..N....N.....N.....");
}

TEST_F(SplitTest, FromTenToTwentyNobodyGoesBack) {
  divide({{"new", 10}, {"old", 90}});
  auto moved = moves_to({{"new", 20}, {"old", 80}});
  EXPECT_EQ(moved.size(), 1u);
  EXPECT_NEAR(moved["old>new"], 0.1, tolerance(0.1));
}

TEST_F(SplitTest, EachStepOfACanaryMovesOnlyTheDifference) {
  divide({{"new", 0}, {"old", 100}});
  std::uint32_t before = 0;
  for (std::uint32_t step : {1u, 5u, 25u, 50u, 100u}) {
    auto moved = moves_to({{"new", step}, {"old", 100 - step}});
    EXPECT_EQ(moved.size(), 1u);
    EXPECT_NEAR(moved["old>new"], (step - before) / 100.0, tolerance(0.25)) << step;
    before = step;
  }
}

TEST_F(SplitTest, ARollbackBringsEverybodyBackToWhereTheyWere) {
  divide({{"new", 10}, {"old", 90}});
  auto before = everybody();
  auto stood = weights->exchange({{"new", 100}, {"old", 0}});
  EXPECT_EQ(share(everybody(), "new"), 1.0);
  weights->exchange(stood);
  EXPECT_EQ(everybody(), before);
}

TEST_F(SplitTest, AmongSeveralOneThatGrowsOnlyWinsAndOneThatShrinksOnlyLoses) {
  divide({{"a", 50}, {"b", 30}, {"c", 20}});
  auto grown = moves_to({{"a", 50}, {"b", 30}, {"c", 40}});
  for (auto& [move, share] : grown) EXPECT_TRUE(move.ends_with(">c")) << move;
  EXPECT_EQ(grown.size(), 2u);
  auto shrunk = moves_to({{"a", 10}, {"b", 30}, {"c", 40}});
  for (auto& [move, share] : shrunk) EXPECT_TRUE(move.starts_with("a>")) << move;
  EXPECT_EQ(shrunk.size(), 2u);
}

// The fewest that can move is half the sum of the shares' differences: here a tenth.
TEST_F(SplitTest, TwoChangesAtOnceMoveHardlyMoreThanTheyMust) {
  divide({{"a", 80}, {"b", 10}, {"c", 10}});
  auto moved = moves_to({{"a", 70}, {"b", 10}, {"c", 20}});
  double all = 0;
  for (auto& [move, share] : moved) all += share;
  EXPECT_GE(all, 0.1 - tolerance(0.1));
  EXPECT_LE(all, 0.12);
}

TEST_F(SplitTest, ASideMoreTakesItsShareFromAllAndMovesNobodyElse) {
  divide({{"a", 50}, {"b", 50}});
  auto before = everybody();
  divide({{"a", 50}, {"b", 50}, {"c", 25}});
  auto moved = moves(before, everybody());
  EXPECT_EQ(moved.size(), 2u);
  EXPECT_NEAR(moved["a>c"], 0.1, tolerance(0.1));
  EXPECT_NEAR(moved["b>c"], 0.1, tolerance(0.1));
}

TEST_F(SplitTest, ACallerIsOnTheSameSideOnEveryRoute) {
  divide({{"new", 10}, {"old", 90}});
  auto first = everybody();
  Split other(settings, sides, weights, "another-route", metrics);
  for (int i = 0; i < 1000; ++i) {
    Call call(*this, "GET", "/");
    auto caller = "caller-" + std::to_string(i);
    call.x.client_text = caller;
    EXPECT_EQ(sides[other.choose(call.x)->side], first[static_cast<std::size_t>(i)]);
  }
}

TEST_F(SplitTest, WhoIsKnownIsToldApartByNameAndOthersByAddress) {
  divide({{"new", 50}, {"old", 50}});
  int same = 0;
  for (int i = 0; i < 100; ++i) {
    Call here(*this, "GET", "/"), there(*this, "GET", "/");
    auto name = "user-" + std::to_string(i);
    here.x.principal.subject = there.x.principal.subject = name;
    there.x.client_text = "198.51.100.9";
    EXPECT_EQ(side_of(here.x), side_of(there.x)) << "the same user on the way";
    same += side_of(here.x) == side_of("192.0.2.7");
  }
  EXPECT_NEAR(same, 50, 25);
}

TEST_F(SplitTest, AnAddressOfVersionSixCountsByItsNetwork) {
  divide({{"new", 50}, {"old", 50}});
  std::set<std::string> of_networks;
  for (int i = 0; i < 20; ++i) {
    std::set<std::string> of_hosts;
    for (auto* host : {"::1", "::2", ":a:b:c:d"}) {
      auto address = "2001:db8:0:" + std::to_string(i) + host;
      Call call(*this, "GET", "/");
      call.from(address);
      of_hosts.insert(side_of(call.x));
    }
    EXPECT_EQ(of_hosts.size(), 1u);
    of_networks.insert(*of_hosts.begin());
  }
  EXPECT_EQ(of_networks.size(), 2u);
}

TEST_F(SplitTest, TheFirstPartOfTheKeyThatIsThereCountsAndTheAddressWithoutAny) {
  settings.key = {*Variable::parse("cookie.session"), *Variable::parse("header.X-Tenant")};
  divide({{"new", 50}, {"old", 50}});
  auto side_by = [&](const char* name, std::string_view value, std::string_view address) {
    Call call(*this, "GET", "/");
    call.x.client_text = address;
    call.x.request.fields.add(name, value);
    auto choice = split->choose(call.x);
    return std::pair(choice->by->spelling(), sides[choice->side]);
  };
  for (auto* address : {"192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"}) {
    EXPECT_EQ(side_by("Cookie", "a=b; session=abc", address), side_by("Cookie", "session=abc", "192.0.2.9"));
    EXPECT_EQ(side_by("X-Tenant", "north", address), side_by("X-Tenant", "north", "192.0.2.9"));
    EXPECT_EQ(side_by("Cookie", "session=", address), std::pair(std::string("client.ip"), side_of(address)));
  }
  EXPECT_EQ(side_by("X-Tenant", "north", "192.0.2.1").first, "header.X-Tenant");
}

TEST_F(SplitTest, ARequestMayNameItsSide) {
  settings.force = {.header = "X-Side", .cookie = "side"};
  divide({{"new", 0}, {"old", 100}});
  auto with = [&](std::string_view header, std::string_view cookie) {
    Call call(*this, "GET", "/");
    if (!header.empty()) call.x.request.fields.add("X-Side", header);
    if (!cookie.empty()) call.x.request.fields.add("Cookie", cookie);
    return side_of(call.x);
  };
  EXPECT_EQ(with("", ""), "old");
  EXPECT_EQ(with("new", ""), "new") << "also where nobody else is sent yet";
  EXPECT_EQ(with("", "side=new"), "new");
  EXPECT_EQ(with("old", "side=new"), "old") << "the field goes before the cookie";
  EXPECT_EQ(with("newer", ""), "old");
  EXPECT_EQ(with("newer", "side=new"), "new");
  EXPECT_EQ(with("NEW", ""), "old") << "names are case-sensitive";
}

TEST_F(SplitTest, WithoutForceNobodyNamesItsSide) {
  divide({{"new", 0}, {"old", 100}});
  Call call(*this, "GET", "/");
  call.x.request.fields.add("X-Side", "new");
  EXPECT_EQ(side_of(call.x), "old");
}

TEST_F(SplitTest, WithoutAnyWeightThereIsNoSide) {
  divide({{"new", 0}, {"old", 0}});
  Call call(*this, "GET", "/");
  EXPECT_FALSE(split->choose(call.x));
}

TEST_F(SplitTest, EachSideCountsItsRequestsAndHowTheyWereAnswered) {
  settings.force = {.header = "X-Side", .cookie = {}};
  divide({{"new", 0}, {"old", 100}});
  forwarding.f = [this](Exchange& x, ResponseSink*) {
    auto choice = *split->choose(x);
    split->count(x, choice);
    auto broken = Error(Error::Kind::reset, Error::Side::upstream, "reset");
    bool gone = x.request.path == "/gone", bad = x.request.path == "/bad";
    return gone ? LambdaForwarding::fail(broken) : LambdaForwarding::answer(x, bad ? 500 : 200, "");
  };
  route("orders", "/**");
  auto go = [this](const char* path, const char* side) {
    Call call(*this, "GET", path);
    call.x.request.fields.add("X-Side", side);
    call.go();
  };
  go("/", "");
  go("/", "new");
  go("/bad", "new");
  go("/gone", "new");
  EXPECT_TRUE(counted(R"(sluice_split_requests_total{route="orders",upstream="old",forced="no"} 1)"));
  EXPECT_TRUE(counted(R"(sluice_split_requests_total{route="orders",upstream="new",forced="yes"} 3)"));
  EXPECT_TRUE(counted(R"(sluice_split_answers_total{route="orders",upstream="old",result="well"} 1)"));
  EXPECT_TRUE(counted(R"(sluice_split_answers_total{route="orders",upstream="new",result="well"} 1)"));
  EXPECT_TRUE(counted(R"(sluice_split_answers_total{route="orders",upstream="new",result="badly"} 2)"));
}

TEST_F(SplitTest, AClientThatLeftSaysNothingOfItsSide) {
  divide({{"new", 0}, {"old", 100}});
  std::vector<Resolver<Unit>> asked;
  forwarding.f = [&](Exchange& x, ResponseSink*) -> Task<Result<Unit>> {
    split->count(x, *split->choose(x));
    Waiter<Unit> waiter;
    asked.push_back(waiter.resolver());
    co_return co_await waiter;
  };
  route("orders", "/**");
  Call call(*this, "GET", "/");
  call.go();
  call.client_gone();
  EXPECT_TRUE(counted(R"(sluice_split_requests_total{route="orders",upstream="old",forced="no"} 1)"));
  EXPECT_TRUE(counted(R"(sluice_split_answers_total{route="orders",upstream="old",result="well"} 0)"));
  EXPECT_TRUE(counted(R"(sluice_split_answers_total{route="orders",upstream="old",result="badly"} 0)"));
}
