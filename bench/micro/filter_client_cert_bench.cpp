// What it costs to know a caller by a certificate that was verified when the connection began.
#include "filters/client_cert/client_cert.hpp"

#include "filter_bench.hpp"
#include "filters/client_cert/settings.hpp"

namespace sluice::filters::client_cert {
namespace {

ClientCertificate orders() {
  ClientCertificate c;
  c.subject = "CN=orders,O=Example";
  c.dns = {"orders.other", "orders.svc.internal"};
  c.uris = {"spiffe://example.com/ns/shop/orders"};
  c.sha256 = std::string(64, 'a');
  c.not_after = WallPoint::max();
  return c;
}

void client_cert(benchmark::State& state) {
  Settings settings;
  settings.allow = {"*.svc.internal"};
  settings.forward = state.range(0) ? Forwarding::xfcc : Forwarding::off;
  auto certificate = orders();
  bench::FilterBench filter(client_cert_filter(), &settings);
  filter.peer().client_certificate = &certificate;
  for (auto _ : state) {
    bench::FilterBench::Asking asking(filter);
    benchmark::DoNotOptimize(asking.pass());
  }
}
BENCHMARK(client_cert)->ArgName("xfcc")->Arg(0)->Arg(1);

}  // namespace
}  // namespace sluice::filters::client_cert
