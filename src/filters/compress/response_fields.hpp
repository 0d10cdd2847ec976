// The fields of an answer whose body is encoded on its way, and what in them forbids it.
#pragma once
#include "http/content_coding.hpp"
#include "sluice/http.hpp"

namespace sluice::filters::compress {

// Whether the origin promised these very bytes: Digest (RFC 3230), Repr-Digest, Content-Digest (RFC 9530).
bool promises_digest(const Fields& fields) noexcept;

// Of a representation whose bytes are others than the origin's: a strong tag becomes a weak one, which names
// the same state (RFC 9110 §8.8.1); one that cannot be read goes, and so do Accept-Ranges and Content-MD5.
void say_other_bytes(Fields& fields);
// The same, and what it is encoded with.
void say_encoded(Fields& fields, http::Coding coding);

// Trailers without what they say of the bytes that were encoded: as they are, or copied to `room`.
const Fields* without_digests(const Fields& trailers, Fields& room);

}  // namespace sluice::filters::compress
