#include "greeting_filter.hpp"

namespace sample {
namespace {

using namespace sluice;

class Greeting final : public Filter {
 public:
  Greeting(const GreetingSettings& settings, Meter& meter, unsigned workers)
      : settings_(settings),
        greeted_(meter.counter(
            {"greeting_requests_total", "Guests, by what became of them.", {{"result", "in"}}})),
        refused_(meter.counter(
            {"greeting_requests_total", "Guests, by what became of them.", {{"result", "out"}}})),
        inside_(workers) {}

  Eventual<Verdict> on_request(Exchange& x) const override {
    auto& inside = inside_.at(x.worker);
    bool known = settings_.from.empty() || contains(settings_.from, x.client);
    if (!known || inside == settings_.guests) {
      refused_.add(x.worker.index);
      x.refuse(known ? 503 : 403, known ? "house_full" : "unknown_guest");
      x.flags.set(known ? Flag::uo : Flag::uaex);
      return Verdict::reply;
    }
    ++inside;
    x.on_end([&inside](const Outcome&) noexcept { --inside; });
    x.on_response([this](Exchange& y) -> Eventual<Unit> {
      y.response.fields.add("X-Greeting", settings_.text);
      return Unit{};
    });
    greeted_.add(x.worker.index);
    return Verdict::proceed;
  }

 private:
  GreetingSettings settings_;
  Counter greeted_;
  Counter refused_;
  mutable WorkerLocal<std::uint32_t> inside_;
};

}  // namespace

const Schema& GreetingSettings::schema() {
  static const Schema s =
      describe<GreetingSettings>("Greets whoever may come in.")
          .member("text", &GreetingSettings::text, "What is said.", required)
          .member("from", &GreetingSettings::from, "Only these are let in.")
          .member("guests", &GreetingSettings::guests, "How many may be inside, on each worker.",
                  at_least(1u))
          .member("remember", &GreetingSettings::remember, "How long a guest is remembered.")
          .short_form("text");
  return s;
}

FilterSchema greeting_schema() {
  return filter_schema<GreetingSettings>("greeting", {.decides = true});
}

std::unique_ptr<Filter> make_greeting(const GreetingSettings& settings, Meter& meter, unsigned workers) {
  return std::make_unique<Greeting>(settings, meter, workers);
}

}  // namespace sample
