#include "server/admin/guard.hpp"

#include <gtest/gtest.h>

#include "server/support/admin_settings.hpp"

namespace sluice::server {
namespace {

using testing::admin;

// 0 where the request passes.
int judged(const AdminGuard& guard, const AdminRequest& request) {
  auto refusal = guard.judge(request);
  return refusal ? refusal->status : 0;
}

TEST(AdminGuard, HostMustBeOneOfOurs) {
  AdminGuard guard(admin("127.0.0.1:9901"));
  for (auto* host :
       {"localhost", "localhost:9901", "LocalHost", "localhost.", "127.0.0.1:9901", "[::1]:9901"})
    EXPECT_EQ(judged(guard, {.path = "/status", .host = host}), 0) << host;
  for (auto* host : {"", "evil.example", "evil.example:9901", "localhost.evil.example", "127.0.0.2", "a b"})
    EXPECT_EQ(judged(guard, {.path = "/status", .host = host}), 403) << host;
}

TEST(AdminGuard, AnOriginIsRefusedEvenForProbesAndWithTheToken) {
  AdminGuard guard(admin("10.0.0.1:9901", "secret"));
  AdminRequest request{.path = "/healthz", .host = "localhost", .has_origin = true};
  request.authorization = "Bearer secret";
  EXPECT_EQ(judged(guard, request), 403);
}

TEST(AdminGuard, OnLoopbackNobodyNeedsATokenEvenIfThereIsOne) {
  for (auto* bind : {"127.0.0.1:9901", "[::1]:9901", "localhost:9901", "unix:/run/admin.sock"})
    EXPECT_EQ(judged(AdminGuard(admin(bind, "secret")), {.path = "/status", .host = "localhost"}), 0) << bind;
}

TEST(AdminGuard, OffLoopbackEverythingButTheProbesNeedsTheToken) {
  AdminGuard guard(admin(":9901", "secret"));
  for (auto* path : {"/healthz", "/readyz"})
    EXPECT_EQ(judged(guard, {.path = path, .host = "localhost"}), 0) << path;
  for (auto* path : {"/metrics", "/status", "/config", "/reload", "/drain", "/", "/healthz/"})
    EXPECT_EQ(judged(guard, {.path = path, .host = "localhost"}), 401) << path;
}

TEST(AdminGuard, OnlyTheWholeTokenOpens) {
  AdminGuard guard(admin(":9901", "secret"));
  auto with = [&](const char* authorization) {
    AdminRequest request{.path = "/status", .host = "localhost"};
    request.authorization = authorization;
    return judged(guard, request);
  };
  EXPECT_EQ(with("Bearer secret"), 0);
  for (auto* wrong : {"", "secret", "Bearer", "Bearer ", "Bearer secre", "Bearer secrets", "Basic secret",
                      "Bearer  secret", "Bearer SECRET"})
    EXPECT_EQ(with(wrong), 401) << wrong;
}

TEST(AdminGuard, WithoutATokenNothingOpensOffLoopback) {
  AdminGuard guard(admin(":9901"));
  AdminRequest request{.path = "/status", .host = "localhost"};
  request.authorization = "Bearer ";
  EXPECT_EQ(judged(guard, request), 401);
}

TEST(AdminGuard, HostsAreWhatTheConfigurationSays) {
  auto settings = admin("127.0.0.1:9901");
  settings.hosts = {"Admin.Example.com", "gateway"};
  AdminGuard guard(settings);
  EXPECT_EQ(judged(guard, {.path = "/", .host = "admin.example.com:9901"}), 0);
  EXPECT_EQ(judged(guard, {.path = "/", .host = "gateway"}), 0);
  EXPECT_EQ(judged(guard, {.path = "/", .host = "localhost"}), 403);
}

}  // namespace
}  // namespace sluice::server
