#include "filters/compress/compress.hpp"

#include "filters/compress/encoded_body.hpp"
#include "filters/compress/media_types.hpp"
#include "filters/compress/response_fields.hpp"
#include "http/cache_control.hpp"
#include "http/entity_tag.hpp"
#include "http/vary.hpp"

namespace sluice::filters::compress {
namespace {

// Bytes that are encoded in one turn: about half a millisecond, two at the levels for what is kept.
constexpr std::size_t portion = 64 * 1024;
constexpr std::size_t static_portion = 16 * 1024;

// What the client asked for. Read before the filters and the cache that come after change the request.
struct Asked {
  std::optional<Algorithm> algorithm;  // empty: the answer as it is
  bool no_transform;
  Fields held;  // its If-None-Match

  Asked(const Exchange& x, std::span<const http::Coding> offered);
};

std::optional<Algorithm> algorithm_of(http::Coding coding) noexcept {
  for (auto a : {Algorithm::gzip, Algorithm::br, Algorithm::zstd})
    if (coding_of(a) == coding) return a;
  return std::nullopt;
}

Asked::Asked(const Exchange& x, std::span<const http::Coding> offered)
    : algorithm(algorithm_of(
          http::choose(http::accepted_codings(x.request.fields), offered).value_or(http::Coding::identity))),
      no_transform(http::read_directives(x.request.fields, FieldId::cache_control).no_transform),
      held(x.arena) {
  for (auto& f : x.request.fields)
    if (f.id == FieldId::if_none_match) held.add(f.id, f.name, f.value);
}

bool same(const http::EntityTag& a, const http::EntityTag& b) noexcept {
  return a == b;
}

// A date cannot tell the origin's bytes from those that were made of them, so a part by a date may not fit
// what the client holds: it gets the whole (RFC 9110 §13.1.5, §14.2). A weakened tag fits nothing by itself.
void forget_range_by_date(Fields& request) {
  auto condition = request.get(FieldId::if_range);
  if (!condition.data() || http::read_entity_tag(condition)) return;
  request.remove(FieldId::range);
  request.remove(FieldId::if_range);
}

bool says_no_transform(const Fields& fields) noexcept {
  return http::read_directives(fields, FieldId::cache_control).no_transform;
}

class Compress final : public Filter {
 public:
  using Settings = compress::Settings;
  static Phase phase(const Settings&) noexcept { return Phase::transform; }
  Compress(const Settings& settings, FilterContext& context);

  Eventual<Verdict> on_request(Exchange& x) const override {
    Asked asked(x, offered_);
    if (asked.algorithm) forget_range_by_date(x.request.fields);
    x.on_response([this, asked](Exchange& y) -> Eventual<Unit> {
      answer(y, asked);
      return Unit{};
    });
    return Verdict::proceed;
  }

 private:
  void answer(Exchange& x, const Asked& asked) const;
  std::optional<Skip> look(Exchange& x, const Asked& asked) const;
  std::optional<Skip> weigh(const Exchange& x, const Asked& asked) const noexcept;
  void confirm(Exchange& x, const Asked& asked) const;
  void encode(Exchange& x, Algorithm algorithm) const;
  bool send_form(Exchange& x, Algorithm algorithm) const;
  Encoding plan(const Exchange& x, Algorithm algorithm) const;

  std::vector<http::Coding> offered_;
  MediaTypes types_;
  Settings settings_;
  Meters meters_;
  std::shared_ptr<Encoders> encoders_;
  mutable Allowance memory_;
  mutable FormsInMaking in_making_;
};

Compress::Compress(const Settings& settings, FilterContext& context)
    : types_(settings.types),
      settings_(settings),
      meters_(context.meter, context.name),
      encoders_(context.keepsakes.keep<Encoders>(
          "compress", [&] { return std::make_shared<Encoders>(context.workers); })),
      memory_(context.workers, settings.memory.bytes, meters_.memory()),
      in_making_(context.workers) {
  for (auto a : settings.algorithms) offered_.push_back(coding_of(a));
}

void Compress::answer(Exchange& x, const Asked& asked) const {
  if (auto skip = look(x, asked))
    meters_.skipped(x.worker.index, *skip);
  else
    encode(x, *asked.algorithm);
}

// Why it goes out as it is. What another request would get encoded says so to caches, in any case.
std::optional<Skip> Compress::look(Exchange& x, const Asked& asked) const {
  auto& response = x.response;
  if (response.status < 200 || response.status == 204 || response.status == 205) return Skip::no_body;
  if (says_no_transform(response.fields)) return Skip::no_transform;
  if (response.status == 304) {
    confirm(x, asked);
    return Skip::not_modified;
  }
  if (!types_.have(response.fields.get(FieldId::content_type))) return Skip::type;
  http::vary_on(response.fields, "Accept-Encoding");
  return weigh(x, asked);
}

std::optional<Skip> Compress::weigh(const Exchange& x, const Asked& asked) const noexcept {
  auto& response = x.response;
  bool is_head = x.request.method == Method::head;
  if (http::is_encoded(response.fields)) return Skip::encoded;
  if (response.status == 206 || response.fields.has(FieldId::content_range)) return Skip::partial;
  if (promises_digest(response.fields)) return Skip::digest;
  if (response.length == 0 || response.length < settings_.min_size.bytes) return Skip::small;
  if (!is_head && !response.body) return Skip::no_body;
  if (asked.no_transform) return Skip::no_transform;
  if (!asked.algorithm) return Skip::not_accepted;
  if (!is_head && !memory_.left(x.worker)) return Skip::busy;
  return std::nullopt;
}

// A 304 says what the 200 would have said (RFC 9110 §15.4.5). Its type is seldom known: then a client that
// holds a tag made weak here holds what was encoded, and Vary is said to be on the safe side.
void Compress::confirm(Exchange& x, const Asked& asked) const {
  auto& fields = x.response.fields;
  auto type = fields.get(FieldId::content_type);
  if (type.data() && !types_.have(type)) return;
  http::vary_on(fields, "Accept-Encoding");
  auto tag = http::read_entity_tag(fields.get(FieldId::etag));
  if (!tag || tag->weak || !asked.algorithm || asked.no_transform) return;
  if (!http::listed(asked.held, FieldId::if_none_match, {tag->opaque, true}, same)) return;
  say_other_bytes(fields);
  x.response.length = unknown_length;
}

void Compress::encode(Exchange& x, Algorithm algorithm) const {
  auto& response = x.response;
  meters_.encoded(x.worker.index, algorithm);
  say_encoded(response.fields, coding_of(algorithm));
  if (!send_form(x, algorithm)) {
    auto encoding = plan(x, algorithm);
    response.length = unknown_length;
    if (response.body)
      response.body = std::make_unique<EncodedBody>(x.worker, std::move(response.body), std::move(encoding),
                                                    encoders_->take(x.worker, algorithm),
                                                    Allowance::Share(memory_, x.worker), meters_);
  }
  response.forms = nullptr;
}

// What was encoded before, where there is such a thing.
bool Compress::send_form(Exchange& x, Algorithm algorithm) const {
  auto& response = x.response;
  auto form = response.forms ? response.forms->form(name_of(algorithm)) : nullptr;
  if (!form) return false;
  meters_.form(x.worker.index, FormUse::reused);
  response.length = form->size();
  if (response.body) response.body = std::make_unique<FormBody>(std::move(form));
  return true;
}

Encoding Compress::plan(const Exchange& x, Algorithm algorithm) const {
  auto& response = x.response;
  Encoding passing{algorithm, settings_.level.of(algorithm), response.length, portion, std::nullopt};
  bool fits = response.length == unknown_length || response.length <= settings_.static_size.bytes;
  if (!response.forms || !response.body || !fits) return passing;
  auto claim = in_making_.claim(x.worker, *response.forms, algorithm);
  if (!claim) return passing;
  return {algorithm, settings_.static_level.of(algorithm), response.length, static_portion,
          Draft(*response.forms, algorithm, settings_.static_size.bytes, std::move(claim))};
}

}  // namespace

FilterKind compress_filter() {
  return filter_kind<Compress>("compress");
}

}  // namespace sluice::filters::compress
