#include "floors/floors.hpp"

#include <gmock/gmock.h>

namespace sluice::floors {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> judged(std::string path, std::string text) {
  return floor_violations({{std::move(path), std::move(text)}});
}

TEST(Floors, ThisProjectHoldsThem) {
  auto sources = read_sources(SLUICE_SOURCE_DIR);
  EXPECT_GT(sources.size(), 50u);
  EXPECT_THAT(floor_violations(sources), IsEmpty());
}

TEST(Floors, DownAndWithinAFolderIsAllowed) {
  EXPECT_THAT(judged("src/net/a.hpp",
                     "#include <boost/asio.hpp>\n#include \"http/head.hpp\"\n#include \"net/stream.hpp\"\n"
                     "#include \"sluice/exchange.hpp\"\n"),
              IsEmpty());
  EXPECT_THAT(judged("src/filters/jwt/a.cpp", "#include \"filters/jwt/b.hpp\"\n#include \"filters/c.hpp\"\n"),
              IsEmpty());
}

TEST(Floors, UpIsCaughtWithItsLine) {
  EXPECT_THAT(judged("src/http/head.hpp", "#pragma once\n#  include \"net/stream.hpp\"  // why\n"),
              ElementsAre("src/http/head.hpp:2: http (floor 1) may not include \"net/stream.hpp\": "
                          "net (floor 4)"));
}

TEST(Floors, SiblingsAreCaught) {
  EXPECT_THAT(judged("src/config/a.cpp", "#include \"telemetry/log.hpp\"\n"),
              ElementsAre(HasSubstr("config (floor 2) may not include")));
  EXPECT_THAT(judged("src/filters/jwt/a.cpp", "#include \"filters/cache/b.hpp\"\n"),
              ElementsAre(HasSubstr("filters/jwt (floor 4) may not include")));
  EXPECT_THAT(judged("src/filters/jwt/a.cpp", "#include \"net/stream.hpp\"\n"),
              ElementsAre(HasSubstr("net (floor 4)")));
}

TEST(Floors, PublicHeadersStandOnTheFloorOfWhatTheyDeclare) {
  EXPECT_THAT(judged("src/base/a.hpp", "#include \"sluice/exchange.hpp\"\n"),
              ElementsAre(HasSubstr("pipeline (floor 3)")));
  EXPECT_THAT(judged("include/sluice/http.hpp", "#include \"sluice/filter.hpp\"\n"),
              ElementsAre(HasSubstr("http (floor 1) may not")));
  EXPECT_THAT(judged("include/sluice/filter.hpp", "#include \"http/head.hpp\"\n"),
              ElementsAre(HasSubstr("is public and includes \"http/head.hpp\", which is not")));
}

TEST(Floors, TheGroundFloorKnowsTheStandardLibraryOnly) {
  EXPECT_THAT(judged("src/base/a.hpp", "#include <vector>\n#include <sys/uio.h>\n"), IsEmpty());
  EXPECT_THAT(judged("src/base/a.hpp", "#include <boost/asio/post.hpp>\n"),
              ElementsAre(HasSubstr("standard library only, not <boost/asio/post.hpp>")));
}

TEST(Floors, LibrariesLinkDownOnly) {
  EXPECT_THAT(judged("src/net/CMakeLists.txt", "sluice_library(net sluice_pipeline OpenSSL::SSL)\n"),
              IsEmpty());
  EXPECT_THAT(judged("src/net/CMakeLists.txt", "sluice_library(net sluice_proxy)\n"),
              ElementsAre(HasSubstr("net (floor 4) may not link sluice_proxy: proxy (floor 6)")));
}

TEST(Floors, WhatIsNotInTheTableIsCaught) {
  EXPECT_THAT(judged("src/misc/a.hpp", ""), ElementsAre(HasSubstr("stands on no floor")));
  EXPECT_THAT(judged("src/net/a.hpp", "#include \"stream.hpp\"\n"),
              ElementsAre(HasSubstr("includes \"stream.hpp\", which stands on no floor")));
}

}  // namespace
}  // namespace sluice::floors
