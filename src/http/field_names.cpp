#include "http/words.hpp"
#include "sluice/http.hpp"

namespace sluice {

FieldId field_id(std::string_view name) noexcept {
  using enum FieldId;
  using http::is;
  const char* p = name.data();
  switch (name.size()) {
    case 2:
      if (is<"te">(p)) return te;
      break;
    case 3:
      if (is<"age">(p)) return age;
      if (is<"via">(p)) return via;
      break;
    case 4:
      if (is<"host">(p)) return host;
      if (is<"date">(p)) return date;
      if (is<"etag">(p)) return etag;
      if (is<"vary">(p)) return vary;
      break;
    case 5:
      if (is<"allow">(p)) return allow;
      if (is<"range">(p)) return range;
      break;
    case 6:
      if (is<"accept">(p)) return accept;
      if (is<"cookie">(p)) return cookie;
      if (is<"origin">(p)) return origin;
      if (is<"expect">(p)) return expect;
      if (is<"server">(p)) return server;
      if (is<"pragma">(p)) return pragma;
      break;
    case 7:
      if (is<"referer">(p)) return referer;
      if (is<"expires">(p)) return expires;
      if (is<"trailer">(p)) return trailer;
      if (is<"upgrade">(p)) return upgrade;
      break;
    case 8:
      if (is<"if-match">(p)) return if_match;
      if (is<"if-range">(p)) return if_range;
      if (is<"location">(p)) return location;
      break;
    case 9:
      if (is<"forwarded">(p)) return forwarded;
      if (is<"x-real-ip">(p)) return x_real_ip;
      break;
    case 10:
      if (is<"user-agent">(p)) return user_agent;
      if (is<"connection">(p)) return connection;
      if (is<"set-cookie">(p)) return set_cookie;
      if (is<"keep-alive">(p)) return keep_alive;
      if (is<"tracestate">(p)) return tracestate;
      break;
    case 11:
      if (is<"retry-after">(p)) return retry_after;
      if (is<"traceparent">(p)) return traceparent;
      break;
    case 12:
      if (is<"content-type">(p)) return content_type;
      if (is<"cache-status">(p)) return cache_status;
      if (is<"max-forwards">(p)) return max_forwards;
      if (is<"x-request-id">(p)) return x_request_id;
      break;
    case 13:
      if (is<"authorization">(p)) return authorization;
      if (is<"cache-control">(p)) return cache_control;
      if (is<"content-range">(p)) return content_range;
      if (is<"if-none-match">(p)) return if_none_match;
      if (is<"last-modified">(p)) return last_modified;
      if (is<"surrogate-key">(p)) return surrogate_key;
      break;
    case 14:
      if (is<"content-length">(p)) return content_length;
      if (is<"http2-settings">(p)) return http2_settings;
      break;
    case 15:
      if (is<"accept-encoding">(p)) return accept_encoding;
      if (is<"accept-language">(p)) return accept_language;
      if (is<"x-forwarded-for">(p)) return x_forwarded_for;
      break;
    case 16:
      if (is<"content-encoding">(p)) return content_encoding;
      if (is<"content-language">(p)) return content_language;
      if (is<"content-location">(p)) return content_location;
      if (is<"proxy-connection">(p)) return proxy_connection;
      if (is<"www-authenticate">(p)) return www_authenticate;
      if (is<"x-forwarded-host">(p)) return x_forwarded_host;
      if (is<"x-forwarded-port">(p)) return x_forwarded_port;
      break;
    case 17:
      if (is<"transfer-encoding">(p)) return transfer_encoding;
      if (is<"cdn-cache-control">(p)) return cdn_cache_control;
      if (is<"if-modified-since">(p)) return if_modified_since;
      if (is<"surrogate-control">(p)) return surrogate_control;
      if (is<"x-forwarded-proto">(p)) return x_forwarded_proto;
      break;
    case 18:
      if (is<"proxy-authenticate">(p)) return proxy_authenticate;
      break;
    case 19:
      if (is<"if-unmodified-since">(p)) return if_unmodified_since;
      if (is<"proxy-authorization">(p)) return proxy_authorization;
      break;
    case 23:
      if (is<"x-forwarded-client-cert">(p)) return x_forwarded_client_cert;
      break;
    case 29:
      if (is<"access-control-request-method">(p)) return access_control_request_method;
      break;
    case 30:
      if (is<"access-control-request-headers">(p)) return access_control_request_headers;
      break;
    default:
      break;
  }
  return other;
}

}  // namespace sluice
