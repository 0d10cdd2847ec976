#include "filters/rate_limit/key.hpp"

#include "filters/rate_limit/limiting.hpp"

using namespace sluice;
using namespace sluice::filters::rate_limit;

namespace {

struct KeyTest : Limiting {
  static OneOrMany<Variable> parts(std::initializer_list<const char*> names) {
    OneOrMany<Variable> all;
    for (auto name : names) all.push_back(*Variable::parse(name));
    return all;
  }
  static KeyMaker first(std::initializer_list<const char*> names) {
    Key key;
    key.first = parts(names);
    return {key, {}};
  }
  static KeyMaker together(std::initializer_list<const char*> names) {
    Key key;
    key.all = parts(names);
    return {key, {}};
  }
  struct Sender : Request {
    explicit Sender(Limiting& t, std::string_view address = "192.0.2.1") : Request(t, address) {}
    Sender& header(std::string_view name, std::string_view value) {
      x.request.fields.add(name, value);
      return *this;
    }
    std::string key(const KeyMaker& maker) { return std::string(maker.make(x).bytes); }
  };
};

}  // namespace

TEST_F(KeyTest, IsTheFirstThatIsThere) {
  auto maker = first({"principal", "header.X-Tenant", "client.ip"});
  Sender known(*this), tenant(*this), nobody(*this);
  known.x.principal.subject = "ann";
  known.header("X-Tenant", "acme");
  tenant.header("X-Tenant", "acme");
  EXPECT_EQ(known.key(maker), "principal=ann");
  EXPECT_EQ(tenant.key(maker), "header.X-Tenant=acme");
  EXPECT_EQ(nobody.key(maker), std::string("client.ip=\xc0\x00\x02\x01", 14));
  EXPECT_TRUE(maker.make(known.x).of_identity);
  EXPECT_FALSE(maker.make(tenant.x).of_identity);
}

TEST_F(KeyTest, WithoutAnyItIsTheAddress) {
  Sender a(*this, "192.0.2.1"), b(*this, "192.0.2.2");
  for (auto& maker : {first({"header.X-Tenant"}), together({"header.X-Tenant", "principal"})}) {
    EXPECT_EQ(a.key(maker), std::string("client.ip=\xc0\x00\x02\x01", 14));
    EXPECT_NE(a.key(maker), b.key(maker));
  }
}

TEST_F(KeyTest, NobodyIsTakenForAnotherByACleverName) {
  auto maker = first({"principal", "header.X-Tenant"});
  Sender named(*this), tenant(*this);
  named.x.principal.subject = "acme";
  tenant.header("X-Tenant", "acme");
  EXPECT_NE(named.key(maker), tenant.key(maker));

  auto both = together({"header.A", "header.B"});
  Sender one(*this), two(*this), three(*this);
  one.header("A", "x").header("B", "yheader.B=z");
  two.header("A", "xheader.B=y").header("B", "z");
  three.header("A", "x");
  Sender empty(*this);
  empty.header("A", "x").header("B", "");
  EXPECT_NE(one.key(both), two.key(both));
  EXPECT_NE(three.key(both), empty.key(both));
}

TEST_F(KeyTest, AnAddressIsItsBlock) {
  Key key;
  KeyMaker maker(key, {24, 56});
  EXPECT_EQ(Sender(*this, "192.0.2.1").key(maker), Sender(*this, "192.0.2.200").key(maker));
  EXPECT_NE(Sender(*this, "192.0.2.1").key(maker), Sender(*this, "192.0.3.1").key(maker));
  EXPECT_EQ(Sender(*this, "2001:db8:0:1::1").key(maker), Sender(*this, "2001:db8:0:ff::2").key(maker));
  EXPECT_NE(Sender(*this, "2001:db8:0:1::1").key(maker), Sender(*this, "2001:db8:0:100::1").key(maker));
  EXPECT_EQ(Sender(*this, "::ffff:192.0.2.9").key(maker), Sender(*this, "192.0.2.1").key(maker));
}

TEST_F(KeyTest, APersonCanNameIt) {
  Sender sender(*this, "2001:db8::1:2");
  sender.header("A", "a&b%c").header("B", "d");
  EXPECT_EQ(first({"client.ip"}).parse("2001:db8::"), sender.key(first({"client.ip"})));
  EXPECT_EQ(first({"client.ip"}).parse("client.ip=2001:db8::9"), sender.key(first({"client.ip"})));
  EXPECT_EQ(first({"header.A"}).parse("a&b%c"), sender.key(first({"header.A"})));
  EXPECT_EQ(first({"principal", "header.B"}).parse("header.B=d"),
            sender.key(first({"principal", "header.B"})));
  auto both = together({"header.A", "header.None", "header.B"});
  EXPECT_EQ(both.parse("header.A=a%26b%25c&header.B=d"), sender.key(both));
  EXPECT_EQ(both.parse("client.ip=192.0.2.1"), Sender(*this).key(both));
}

TEST_F(KeyTest, AndIsToldWhereItIsNone) {
  EXPECT_FALSE(first({"client.ip"}).parse("ann"));
  EXPECT_FALSE(first({"principal", "client.ip"}).parse("ann"));
  EXPECT_FALSE(together({"header.A", "header.B"}).parse("header.C=d"));
}
