#include "filters/validate/validate.hpp"

#include "filters/validate/body.hpp"
#include "filters/validate/parameters.hpp"
#include "filters/validate/query.hpp"
#include "http/chars.hpp"
#include "pipeline/faults.hpp"

namespace sluice::filters::validate {
namespace {

MetricSeries requests(std::string_view policy, const char* result) {
  return {"sluice_validate_requests_total",
          "Requests that a validate filter looked at, by what it said.",
          {{"policy", std::string(policy)}, {"result", result}}};
}

class Validate final : public Filter {
 public:
  using Settings = validate::Settings;
  static Phase phase(const Settings&) noexcept { return Phase::validation; }

  Validate(const Settings& settings, FilterContext& context)
      : query_(settings.query, "query", context.errors),
        headers_(settings.headers, "header", context.errors),
        body_(settings, context.errors),
        most_errors_(settings.max_errors),
        shows_values_(settings.show_values),
        valid_(context.meter.counter(requests(context.name, "valid"))),
        invalid_(context.meter.counter(requests(context.name, "invalid"))),
        malformed_(context.meter.counter(requests(context.name, "malformed"))),
        unsupported_(context.meter.counter(requests(context.name, "unsupported"))),
        too_large_(context.meter.counter(requests(context.name, "too_large"))),
        aborted_(context.meter.counter(requests(context.name, "aborted"))),
        workspaces_(context.workers) {}

  Eventual<Verdict> on_request(Exchange& x) const override {
    if (auto why = body_.refusal_of_type(x.request)) return unsupported(x, *why);
    if (!body_.has_to_be_read(x.request)) return judge(x, {});
    return x.buffer_body(x.buffer).then([this, &x](Result<std::span<const char>> bytes) -> Eventual<Verdict> {
      return bytes ? judge(x, {bytes->data(), bytes->size()}) : unread(x, bytes.error());
    });
  }

 private:
  Verdict judge(Exchange& x, std::string_view bytes) const {
    auto& w = workspaces_.at(x.worker);
    bool good = (query_.empty() || (collect_query(x, w), query_.are_valid(w))) &&
                (headers_.empty() || (collect_headers(x, w), headers_.are_valid(w))) &&
                body_.is_valid(x.request, bytes, w);
    w.document.trim();
    if (!good) return refuse(x, bytes, w);
    valid_.add(x.worker.index);
    return Verdict::proceed;
  }

  void collect_query(Exchange& x, Workspace& w) const {
    query_.clear(w);
    QueryPairs pairs(x.request.query, x.arena);
    while (auto pair = pairs.next())
      if (auto i = query_.find(pair->name); i != query_.size()) w.found[i].push_back(pair->value);
  }
  void collect_headers(Exchange& x, Workspace& w) const {
    headers_.clear(w);
    for (std::size_t i = 0; i < headers_.size(); ++i) {
      auto id = field_id(headers_.name(i));
      for (auto& field : x.request.fields)
        if (field.id == id && (id != FieldId::other || http::same_name(field.name, headers_.name(i))))
          w.found[i].push_back(field.value);
    }
  }

  // Everything again, now to say what is wrong.
  Verdict refuse(Exchange& x, std::string_view bytes, Workspace& w) const {
    Report report(most_errors_, shows_values_);
    if (!query_.empty()) {
      collect_query(x, w);
      query_.explain(w, report);
    }
    if (!headers_.empty()) {
      collect_headers(x, w);
      headers_.explain(w, report);
    }
    bool is_json = body_.explain(x.request, bytes, w, report);
    w.document.trim();
    (is_json ? invalid_ : malformed_).add(x.worker.index);
    x.refuse(is_json ? 422 : 400, is_json ? "validation" : "json_malformed");
    auto one = report.count() == 1;
    x.explain(is_json ? one ? "The request is not valid." : "The request is not valid, for several reasons."
                      : "The request's body is no JSON.",
              x.arena.copy(report.members()));
    return Verdict::reply;
  }

  Verdict unsupported(Exchange& x, const TypeRefusal& why) const {
    unsupported_.add(x.worker.index);
    x.refuse(415, why.reason);
    x.explain(why.detail);
    if (why.coding)
      x.response.fields.add(FieldId::accept_encoding, "Accept-Encoding", "identity");
    else
      x.response.fields.add(FieldId::accept, "Accept", body_.accepted_types());
    return Verdict::reply;
  }

  Verdict unread(Exchange& x, const Error& error) const {
    bool too_large = error.kind == Error::Kind::too_large;
    (too_large ? too_large_ : aborted_).add(x.worker.index);
    x.error = error;
    return x.refuse(pipeline::status_of(error), error.cause);
  }

  Parameters query_, headers_;
  Body body_;
  std::size_t most_errors_;
  bool shows_values_;
  Counter valid_, invalid_, malformed_, unsupported_, too_large_, aborted_;
  mutable WorkerLocal<Workspace> workspaces_;
};

}  // namespace

FilterKind validate_filter() {
  return filter_kind<Validate>("validate", {.decides = true});
}

}  // namespace sluice::filters::validate
