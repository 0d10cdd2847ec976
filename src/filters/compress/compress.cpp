#include "filters/compress/compress.hpp"

#include "filters/compress/accepted.hpp"
#include "filters/compress/encoded_body.hpp"
#include "filters/compress/media_types.hpp"
#include "filters/compress/response_fields.hpp"
#include "http/vary.hpp"

namespace sluice::filters::compress {
namespace {

// Bytes that are encoded in one turn: about half a millisecond, two at the levels for what is kept.
constexpr std::size_t portion = 64 * 1024;
constexpr std::size_t static_portion = 16 * 1024;

std::shared_ptr<const std::string> form_of(const Response& response, Algorithm algorithm) {
  return response.forms ? response.forms->form(name_of(algorithm)) : nullptr;
}

// RFC 9110 §14.2: a server may always do that.
void ask_for_the_whole(Fields& request) noexcept {
  request.remove(FieldId::range);
  request.remove(FieldId::if_range);
}

class Compress final : public Filter {
 public:
  using Settings = compress::Settings;
  static Phase phase(const Settings&) noexcept { return Phase::transform; }
  Compress(const Settings& settings, FilterContext& context);

  Eventual<Verdict> on_request(Exchange& x) const override {
    Accepted accepted(x);
    if (asks_by_date(x.request.fields) && accepted.best(offered_)) ask_for_the_whole(x.request.fields);
    x.on_response([this, accepted](Exchange& y) -> Eventual<Unit> {
      answer(y, accepted);
      return Unit{};
    });
    return Verdict::proceed;
  }

 private:
  void answer(Exchange& x, const Accepted& accepted) const;
  std::optional<Skip> look(Exchange& x, const Accepted& accepted) const;
  std::optional<Skip> weigh(const Exchange& x, const Accepted& accepted) const;
  bool is_busy(const Exchange& x, Algorithm algorithm) const;
  void confirm(Exchange& x, const Accepted& accepted) const;
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

void Compress::answer(Exchange& x, const Accepted& accepted) const {
  auto skip = look(x, accepted);
  auto algorithm = skip ? std::nullopt : accepted.best(offered_);
  if (!skip && !algorithm) skip = Skip::not_accepted;
  if (!skip && is_busy(x, *algorithm)) skip = Skip::busy;
  if (skip)
    meters_.skipped(x.worker.index, *skip);
  else
    encode(x, *algorithm);
}

// Why it goes out as it is. What another request would get encoded says so to caches, in any case.
std::optional<Skip> Compress::look(Exchange& x, const Accepted& accepted) const {
  auto& response = x.response;
  if (response.status < 200 || response.status == 204 || response.status == 205) return Skip::no_body;
  if (says_no_transform(response.fields)) return Skip::no_transform;
  if (response.status == 304) {
    confirm(x, accepted);
    return Skip::not_modified;
  }
  if (!types_.have(response.fields.get(FieldId::content_type))) return Skip::type;
  http::vary_on(response.fields, "Accept-Encoding");
  return weigh(x, accepted);
}

std::optional<Skip> Compress::weigh(const Exchange& x, const Accepted& accepted) const {
  auto& response = x.response;
  if (http::is_encoded(response.fields)) return Skip::encoded;
  if (response.status == 206 || response.fields.has(FieldId::content_range)) return Skip::partial;
  if (promises_digest(response.fields)) return Skip::digest;
  if (response.length == 0 || response.length < settings_.min_size.bytes) return Skip::small;
  if (!response.body && x.request.method != Method::head) return Skip::no_body;
  if (accepted.no_transform()) return Skip::no_transform;
  return std::nullopt;
}

bool Compress::is_busy(const Exchange& x, Algorithm algorithm) const {
  return x.response.body && !memory_.left(x.worker) && !form_of(x.response, algorithm);
}

// A 304 says what the 200 would have said (RFC 9110 §15.4.5). Its type is seldom known: then a client that
// holds a tag made weak here holds what was encoded, and Vary is said to be on the safe side.
void Compress::confirm(Exchange& x, const Accepted& accepted) const {
  auto& fields = x.response.fields;
  auto type = fields.get(FieldId::content_type);
  if (type.data() && !types_.have(type)) return;
  http::vary_on(fields, "Accept-Encoding");
  if (!accepted.holds_weakly(fields.get(FieldId::etag))) return;
  if (!accepted.best(offered_) || accepted.no_transform()) return;
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
  auto form = form_of(response, algorithm);
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
