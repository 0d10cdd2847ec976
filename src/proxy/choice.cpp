#include "proxy/choice.hpp"

#include "sluice/value_of.hpp"

namespace sluice::proxy {

upstream::Upstream* choose(const Forward& to, Method method, upstream::Random& random) noexcept {
  if (to.write && !is_safe(method)) return to.write.get();
  if (to.to.size() == 1 && to.to.front().weight > 0) return to.to.front().upstream.get();
  std::uint64_t total = 0;
  for (auto& target : to.to) total += target.weight;
  if (total == 0) return nullptr;
  std::uint64_t point = random.below(total);
  for (auto& target : to.to) {
    if (point < target.weight) return target.upstream.get();
    point -= target.weight;
  }
  return nullptr;
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
