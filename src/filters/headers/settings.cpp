// What a headers policy may say, and which fields are not for it to touch.
#include <algorithm>

#include "filters/headers/headers.hpp"
#include "http/alike.hpp"

namespace sluice::filters::headers {
namespace {

// A field that somebody else answers for, and where to say what it should be.
struct Reserved {
  std::string_view name, why;
};

constexpr std::string_view framing = "frames the message: the gateway writes it";
constexpr std::string_view of_connection = "belongs to one connection: the gateway writes it";
constexpr std::string_view of_addresses =
    "tells where a request came from: the gateway writes it, and 'trusted_proxies' says whom it believes";

constexpr Reserved on_both_sides[] = {
    {"Content-Length", framing},   {"Transfer-Encoding", framing}, {"Trailer", framing},
    {"Connection", of_connection}, {"Keep-Alive", of_connection},  {"Proxy-Connection", of_connection},
    {"TE", of_connection},         {"Upgrade", of_connection},     {"HTTP2-Settings", of_connection},
};
constexpr Reserved on_requests[] = {
    {"Host", "names the upstream's host: 'host' of the upstream says which"},
    {"Expect", of_connection},
    {"Proxy-Authorization", of_connection},
    {"Via", "shows the way of a request: the gateway adds to it and knows loops by it"},
    {"Forwarded", of_addresses},
    {"X-Forwarded-For", of_addresses},
    {"X-Forwarded-Host", of_addresses},
    {"X-Forwarded-Proto", of_addresses},
};

const Reserved* find(std::span<const Reserved> all, std::string_view name) {
  auto found = std::ranges::find_if(all, [&](auto& r) { return http::alike(r.name, name); });
  return found == all.end() ? nullptr : &*found;
}

// One side's rules, as its checks need them.
class Checking {
 public:
  Checking(std::span<const Reserved> reserved, bool before_the_answer, Faults& faults)
      : reserved_(reserved), before_the_answer_(before_the_answer), faults_(faults) {}

  void name(std::string_view key, const std::string& name) {
    auto* reserved = find(on_both_sides, name);
    if (!reserved) reserved = find(reserved_, name);
    if (name.starts_with(':'))
      fault(key, name, "is a pseudo-header of HTTP/2, not a field");
    else if (!http::is_token(name))
      fault(key, name, "is no name of a field");
    else if (reserved)
      fault(key, name, std::string(reserved->why));
  }

  void value(std::string_view key, const std::string& name, const FieldTemplate& text) {
    if (text.parts().empty()) fault(key, name, "would have no value: list it under 'remove'");
    if (before_the_answer_ && text.needs_response())
      fault(key, name,
            "has a variable that is known only once there is an answer: '" + text.spelling() + "'");
  }

  void changes(const Changes& c) {
    for (auto& n : c.remove) name("remove", n);
    for (auto& [n, text] : c.set) {
      name("set", n);
      value("set", n, text);
    }
    for (auto& [n, texts] : c.add) {
      name("add", n);
      for (auto& text : texts) value("add", n, text);
    }
    twice(c);
  }

 private:
  // Removing is done first, so what is removed and set would be set all the same.
  void twice(const Changes& c) {
    for (auto& n : c.remove)
      if (std::ranges::any_of(c.set, [&](auto& one) { return http::same_name(one.first, n); }))
        fault("remove", n, "is set as well, which replaces it");
  }
  void fault(std::string_view key, std::string_view name, const std::string& what) {
    faults_.add(key, "'" + std::string(name) + "' " + what);
  }

  std::span<const Reserved> reserved_;
  bool before_the_answer_;
  Faults& faults_;
};

// A member of what both sides have in common, as this side's own.
template <class Side, class M>
M Side::*own(M Changes::*member) {
  return member;
}

template <class Side>
Description<Side> side(std::string_view doc) {
  return describe<Side>(doc)
      .member("remove", own<Side>(&Changes::remove), "Names of fields to take off, first of all.")
      .member(
          "set", own<Side>(&Changes::set),
          "Fields in place of every line of that name, with {variables}. Where the text comes to nothing the "
          "field is only taken off.")
      .member("add", own<Side>(&Changes::add),
              "Fields besides those of that name, one or several. Where the text comes to nothing none is "
              "added.");
}

}  // namespace

const Schema& RequestChanges::schema() {
  static const Schema s =
      side<RequestChanges>("On the request that goes on. Names are taken with `_` equal to `-`.")
          .check([](const RequestChanges& c, Faults& faults) {
            Checking(on_requests, true, faults).changes(c);
          });
  return s;
}

const Schema& ResponseChanges::schema() {
  static const Schema s =
      side<ResponseChanges>("On the answer.").check([](const ResponseChanges& c, Faults& faults) {
        Checking({}, false, faults).changes(c);
      });
  return s;
}

const Schema& Settings::schema() {
  static const Schema s =
      describe<Settings>("Fields that are set, added and taken off.")
          .member("request", &Settings::request, "On the request that goes on.")
          .member("response", &Settings::response, "On the answer, be it an upstream's or kept in a cache.")
          .check([](const Settings& h, Faults& faults) {
            if (h.request.empty() && h.response.empty())
              faults.add("", "says nothing: name fields under 'request' or 'response'");
          });
  return s;
}

}  // namespace sluice::filters::headers
