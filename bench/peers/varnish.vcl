# Varnish, for the cache alone.
vcl 4.1;
backend default { .host = "127.0.0.1"; .port = "@{origin}"; }
sub vcl_recv { unset req.http.Cookie; return (hash); }
sub vcl_backend_response { set beresp.ttl = 600s; }
