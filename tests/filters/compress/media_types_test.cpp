#include "filters/compress/media_types.hpp"

#include <gtest/gtest.h>

#include "filters/compress/settings.hpp"

namespace sluice::filters::compress {
namespace {

TEST(MediaTypes, AreMatchedWithoutParametersAndInAnyCase) {
  MediaTypes types({"text/*", "application/json", "+XML"});
  for (auto yes : {"text/html", "TEXT/Plain; charset=utf-8", "text/", "application/json ;v=1",
                   "image/svg+xml", "Application/JSON", "application/a+b+xml"})
    EXPECT_TRUE(types.have(yes)) << yes;
  for (auto no : {"", "; charset=utf-8", "textual/html", "application/json5", "application/jso", "image/png",
                  "+xml", "application/xml", "x/y; z=+xml"})
    EXPECT_FALSE(types.have(no)) << no;
}

TEST(MediaTypes, AnEventStreamIsNamedOrNotMeant) {
  EXPECT_FALSE(MediaTypes({"text/*"}).have("text/event-stream"));
  EXPECT_TRUE(MediaTypes({"text/*"}).have("text/event-streams"));
  EXPECT_TRUE(MediaTypes({"text/event-stream"}).have("text/Event-Stream; charset=utf-8"));
}

TEST(MediaTypes, GrpcIsNeverAmongThem) {
  MediaTypes types({"application/*", "+json", "+proto"});
  for (auto type : {"application/grpc", "application/grpc+proto", "application/grpc+json",
                    "application/grpc-web+json", "Application/gRPC"})
    EXPECT_FALSE(types.have(type)) << type;
}

TEST(MediaTypes, TheUsualOnesAreThoseThatAreNotCompressedByThemselves) {
  MediaTypes types(Settings::usual_types());
  for (auto yes : {"text/html", "text/css", "text/javascript", "application/json", "application/problem+json",
                   "application/javascript", "application/xml", "application/atom+xml", "image/svg+xml",
                   "application/wasm", "application/x-ndjson", "application/graphql-response+json",
                   "font/ttf", "image/x-icon"})
    EXPECT_TRUE(types.have(yes)) << yes;
  for (auto no : {"image/png", "image/jpeg", "video/mp4", "application/zip", "application/gzip", "font/woff2",
                  "application/octet-stream", "application/pdf", "text/event-stream", "application/grpc"})
    EXPECT_FALSE(types.have(no)) << no;
  for (auto& type : Settings::usual_types()) EXPECT_EQ(fault_of_type(type), "") << type;
}

}  // namespace
}  // namespace sluice::filters::compress
