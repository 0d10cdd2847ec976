#include "net/tls/self_signed.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/tls_pair.hpp"

namespace sluice::net {
namespace {

TEST(SelfSigned, ServesLocalNamesAndAddresses) {
  auto pair = make_self_signed(wall_now());
  TlsNotes notes;
  auto server = TlsServerContext::build({.listener = "public", .certificates = {pair}}, wall_now(), notes);
  auto client = TlsClientContext::build({.ca = pair.certificates}, wall_now(), notes);
  ASSERT_TRUE(server && client);
  EXPECT_THAT(notes.warnings, testing::IsEmpty());
  for (auto* name : {"localhost", "127.0.0.1", "::1"}) {
    TlsPair connection(server, std::make_shared<TlsEndpoint>(client, name));
    EXPECT_TRUE(connection.shake()) << name << ": " << connection.client->fault();
  }
  // Clients differ on a wildcard right below the top; some take it.
  EXPECT_THAT(server->certificates().front().names, testing::ElementsAre("localhost", "*.localhost"));
  TlsPair stranger(server, std::make_shared<TlsEndpoint>(client, "example.com"));
  EXPECT_FALSE(stranger.shake());
}

TEST(SelfSigned, IsAnotherOneEachTime) {
  EXPECT_NE(make_self_signed(wall_now()).key.text, make_self_signed(wall_now()).key.text);
}

}  // namespace
}  // namespace sluice::net
