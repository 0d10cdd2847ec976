#include "filters/cache/purge_method.hpp"

namespace sluice::filters::cache {

bool is_purge(const Request& request) noexcept {
  return request.method == Method::other && request.method_text == "PURGE";
}

Verdict answer_purge(Exchange& x, const Caching& caching) {
  if (x.peer.is_unix || !contains(caching.purgers, x.client)) {
    x.refuse(405, "purge_not_allowed");
    x.response.fields.add(FieldId::allow, "Allow", "GET, HEAD");
    return Verdict::reply;
  }
  auto url = caching.keys.url_of(x.request, x.arena);
  auto count = caching.forget(x.worker, {PurgeRule::By::url, Purge::hard, std::string(url)});
  auto body = "{\"purged\":" + std::to_string(count) + "}\n";
  auto& r = x.response;
  r.reset();
  r.status = 200;
  r.local = true;
  r.reason = "purged";
  r.fields.add(FieldId::content_type, "Content-Type", "application/json");
  r.fields.add(FieldId::cache_control, "Cache-Control", "no-store");
  r.length = body.size();
  r.body = std::make_unique<MemoryBody>(std::move(body));
  return Verdict::reply;
}

}  // namespace sluice::filters::cache
