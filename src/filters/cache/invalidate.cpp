#include "filters/cache/invalidate.hpp"

#include "filters/cache/serve_stored.hpp"
#include "filters/cache/storing.hpp"
#include "http/reference.hpp"

namespace sluice::filters::cache {
namespace {

void forget(Exchange& x, const Caching& caching, std::string_view url) {
  auto count = caching.forget(x.worker, {PurgeRule::By::url, Purge::hard, std::string(url)});
  caching.counts.invalidated(x.worker, count);
}

void forget_named(Exchange& x, const Caching& caching, FieldId id) {
  auto target = http::resolve_in_origin(x.request, x.response.fields.get(id));
  if (target) forget(x, caching, caching.keys.url_of(x.request, *target, x.arena));
}

}  // namespace

void invalidate_after(Exchange& x, const Caching& caching) {
  x.on_response([&caching](Exchange& y) -> Eventual<Unit> {
    auto& r = y.response;
    strip_surrogate_fields(r.fields);
    if (r.local || !invalidates(y.request.method, r.status)) return Unit{};
    forget(y, caching, caching.keys.url_of(y.request, y.arena));
    forget_named(y, caching, FieldId::location);
    forget_named(y, caching, FieldId::content_location);
    return Unit{};
  });
}

}  // namespace sluice::filters::cache
