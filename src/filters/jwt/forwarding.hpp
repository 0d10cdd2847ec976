// Claims that go upstream as fields of the request, and the client's own fields of those names, which do not.
//
//   Forwarding forwarding(settings.forward_claims);
//   forwarding.strip(x.request.fields);                     // always, before anything is decided; in all
//                                                           // spellings (http/alike.hpp)
//   auto values = forwarding.values_of(claims);             // once for each token
//   forwarding.add(values, x.request.fields);               // for each request; the values stay where they
//   are
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sluice/http.hpp"
#include "sluice/principal.hpp"

namespace sluice::filters::jwt {

// Why a claim cannot go into a field of that name; empty: it can.
std::string fault_of_field(std::string_view name);

class Forwarding {
 public:
  // One for each name, in the same order; none where the claim is absent or not fit for a field.
  using Values = std::vector<std::optional<std::string>>;

  explicit Forwarding(const std::map<std::string, std::string>& field_of_path);

  void strip(Fields& fields) const noexcept;

  // Several values of one claim are joined by commas. Left out, rather than changed, is what a receiver could
  // read as something else: controls, blanks at the ends, a comma within one of several values.
  Values values_of(const Claims& claims) const;

  // Nothing is copied: both the values and this object live as long as the exchange.
  void add(const Values& values, Fields& fields) const;

 private:
  struct Target {
    std::string path, name;
    FieldId id;
  };

  bool is_ours(const Field& field) const noexcept;

  std::vector<Target> targets_;
};

}  // namespace sluice::filters::jwt
