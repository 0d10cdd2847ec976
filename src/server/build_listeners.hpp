// The listeners' part of a build.
#pragma once
#include "server/build.hpp"

namespace sluice::server {

ListenerPlan build_listener(const std::string& name, const config::Listener& listener,
                            const config::Config& config, Registries& registries, WallPoint now,
                            net::TlsNotes& notes);

proxy::ListenerPolicy listener_policy(const std::string& name, const config::Listener& listener,
                                      telemetry::Metrics& metrics);

void add_expiries(const ListenerPlan& plan, std::vector<telemetry::CertificateExpiry>& to);

}  // namespace sluice::server
