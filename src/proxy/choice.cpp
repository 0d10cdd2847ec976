#include "proxy/choice.hpp"

#include "proxy/split.hpp"
#include "sluice/value_of.hpp"

namespace sluice::proxy {

upstream::Upstream* choose(const Forward& to, Exchange& x) {
  if (to.write && !is_safe(x.request.method)) return to.write.get();
  if (!to.split) return to.to.front().upstream.get();
  auto choice = to.split->choose(x);
  if (!choice) return nullptr;
  to.split->count(x, *choice);
  return to.to[choice->side].upstream.get();
}

upstream::Asked asked_of(Exchange& x, const upstream::Upstream& upstream) {
  upstream::Asked asked(x.worker.timers.now());
  if (auto* key = upstream.key())
    if (auto value = value_of(*key, x); value.data()) asked.key = upstream::hash_of(value);
  if (auto* sticky = upstream.sticky()) asked.token = value_of(sticky->variable(), x);
  return asked;
}

void stick(Exchange& x, const upstream::Upstream& upstream, const upstream::Walk& walk,
           const upstream::Endpoint& answered) {
  auto* sticky = upstream.sticky();
  auto token = sticky ? walk.token(answered) : std::string_view();
  if (!sticky || token == walk.asked().token) return;
  auto cookie = sticky->field(token, x.request.scheme == "https", x.arena);
  x.response.fields.add(FieldId::set_cookie, "Set-Cookie", cookie);
}

}  // namespace sluice::proxy
