// What each filter decided, as a field of the answer, for those who may ask (telemetry.explain).
//
//   X-Sluice-Explain: office;proceed;us=0.412, login;reply=token_expired;us=31.070, *gateway;status=401
//
// A Structured Field (RFC 8941): a list with one item for each filter, in the order of the chain, named by
// its policy. The first parameter is the verdict (proceed, reply, shadow_reply, fault, off), with the reason
// of a refusal as its value; `us` is how long it took, in microseconds. What follows begins with `*`: the
// route, and the upstream that answered, or the gateway.
#pragma once
#include "proxy/snapshot.hpp"
#include "sluice/exchange.hpp"

namespace sluice::proxy {

// Takes the field off the request, whoever sent it, and sets exchange.trace where it is answered.
void take_question(Exchange& x, const ExplainPolicy& policy);

// Adds the field to the answer. exchange.trace is there.
void tell_decisions(Exchange& x, const FieldName& header);

}  // namespace sluice::proxy
