#include "net/tls/certificate.hpp"

#include <openssl/bn.h>
#include <openssl/err.h>

#include <array>
#include <ctime>
#include <span>

#include "sluice/ip.hpp"

namespace sluice::net {
namespace {

using BignumPtr = std::unique_ptr<BIGNUM, OpensslDeleter<BN_free>>;
using NamesPtr = std::unique_ptr<GENERAL_NAMES, OpensslDeleter<GENERAL_NAMES_free>>;

std::string text_of(const ASN1_STRING& s) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(&s)),
          static_cast<std::size_t>(ASN1_STRING_length(&s))};
}

std::string lower(std::string s) {
  for (auto& c : s)
    if (c >= 'A' && c <= 'Z') c += 'a' - 'A';
  return s;
}

std::string written(const BIO& bio) {
  char* data = nullptr;
  auto size = BIO_get_mem_data(const_cast<BIO*>(&bio), &data);
  return {data, static_cast<std::size_t>(size)};
}

std::optional<std::string> address_of(const ASN1_STRING& s) {
  auto* b = ASN1_STRING_get0_data(&s);
  if (ASN1_STRING_length(&s) == 16)
    return IpAddress::v6(std::span<const std::uint8_t, 16>(b, 16)).to_string();
  if (ASN1_STRING_length(&s) != 4) return std::nullopt;
  auto host_order = std::uint32_t{b[0]} << 24 | std::uint32_t{b[1]} << 16 | std::uint32_t{b[2]} << 8 | b[3];
  return IpAddress::v4(host_order).to_string();
}

// A NUL or another control inside a name has been used to make half of it look like all of it.
bool is_clean(const std::string& s) noexcept {
  return !s.empty() && std::all_of(s.begin(), s.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

std::optional<SubjectName> name_of(const GENERAL_NAME& name) {
  using Kind = SubjectName::Kind;
  if (name.type == GEN_IPADD) {
    auto address = address_of(*name.d.iPAddress);
    return address ? std::optional(SubjectName{Kind::ip, *address}) : std::nullopt;
  }
  if (name.type != GEN_DNS && name.type != GEN_URI && name.type != GEN_EMAIL) return std::nullopt;
  auto text = text_of(*name.d.ia5);
  if (!is_clean(text)) return std::nullopt;
  if (name.type == GEN_DNS) return SubjectName{Kind::dns, lower(text)};
  return SubjectName{name.type == GEN_URI ? Kind::uri : Kind::email, text};
}

std::optional<std::string> common_name(const X509& certificate) {
  auto* subject = X509_get_subject_name(&certificate);
  int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (at < 0) return std::nullopt;
  auto name = lower(text_of(*X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at))));
  return is_clean(name) ? std::optional(name) : std::nullopt;
}

// As UTF-8, whatever the string's type: two spellings of one name must not be two names. Of several nobody
// can say which is meant. What has controls in it is no name.
std::string only_common_name(const X509& certificate) {
  auto* subject = X509_get_subject_name(&certificate);
  int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (at < 0 || X509_NAME_get_index_by_NID(subject, NID_commonName, at) >= 0) return {};
  unsigned char* utf8 = nullptr;
  int size = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
  if (size < 0) return {};
  std::string name(reinterpret_cast<const char*>(utf8), static_cast<std::size_t>(size));
  OPENSSL_free(utf8);
  auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  return std::any_of(name.begin(), name.end(), control) ? std::string() : name;
}

std::string sha256_of(const X509& certificate) {
  unsigned char digest[32];
  if (X509_digest(&certificate, EVP_sha256(), digest, nullptr) != 1) return {};
  std::string text;
  for (auto b : digest) text.append(1, "0123456789abcdef"[b >> 4]).append(1, "0123456789abcdef"[b & 15]);
  return text;
}

// RFC 6125 §6.4.4: the CN counts only where there is no subjectAltName.
std::vector<std::string> served_names(const X509& certificate) {
  std::vector<std::string> names;
  if (X509_get_ext_by_NID(&certificate, NID_subject_alt_name, -1) < 0) {
    if (auto name = common_name(certificate)) names.push_back(*name);
    return names;
  }
  for (auto& name : subject_names(certificate))
    if (name.kind == SubjectName::Kind::dns) names.push_back(name.value);
  return names;
}

std::string serial_of(const X509& certificate) {
  BignumPtr number(ASN1_INTEGER_to_BN(X509_get0_serialNumber(&certificate), nullptr));
  std::unique_ptr<char, decltype([](char* p) { OPENSSL_free(p); })> text(BN_bn2hex(number.get()));
  return text.get();
}

// "Without end" is written as the year 9999, which the clock cannot count to.
WallPoint point_of(const ASN1_TIME* time) {
  std::tm tm{};
  if (ASN1_TIME_to_tm(time, &tm) != 1) return WallPoint::min();
  auto since = std::chrono::seconds(::timegm(&tm));
  if (since >= std::chrono::duration_cast<std::chrono::seconds>(WallPoint::duration::max()))
    return WallPoint::max();
  return WallPoint(since);
}

std::string date_of(WallPoint at) {
  auto seconds = WallClock::to_time_t(at);
  std::tm tm{};
  ::gmtime_r(&seconds, &tm);
  std::array<char, 32> text;
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S UTC", &tm)};
}

}  // namespace

std::vector<SubjectName> subject_names(const X509& certificate) {
  std::vector<SubjectName> names;
  NamesPtr all(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; i < sk_GENERAL_NAME_num(all.get()); ++i)
    if (auto name = name_of(*sk_GENERAL_NAME_value(all.get(), i))) names.push_back(*name);
  ERR_clear_error();
  return names;
}

std::string subject_of(const X509& certificate) {
  BioPtr out(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(out.get(), X509_get_subject_name(&certificate), 0, XN_FLAG_RFC2253);
  return written(*out);
}

CertificateInfo describe(const X509& certificate, std::string file) {
  return {std::move(file),
          subject_of(certificate),
          serial_of(certificate),
          served_names(certificate),
          point_of(X509_get0_notBefore(&certificate)),
          point_of(X509_get0_notAfter(&certificate))};
}

ClientCertificate describe_client(const X509& certificate, const X509* own) {
  ClientCertificate client;
  client.subject = subject_of(certificate);
  client.cn = only_common_name(certificate);
  client.sha256 = sha256_of(certificate);
  client.serial = serial_of(certificate);
  client.not_after = point_of(X509_get0_notAfter(&certificate));
  using Kind = SubjectName::Kind;
  for (auto& name : subject_names(certificate)) {
    if (name.kind == Kind::dns) client.dns.push_back(name.value);
    if (name.kind == Kind::uri) client.uris.push_back(name.value);
    if (name.kind == Kind::email) client.email.push_back(name.value);
  }
  if (!own) return client;
  auto names = subject_names(*own);
  auto uri = std::find_if(names.begin(), names.end(), [](auto& n) { return n.kind == Kind::uri; });
  if (uri != names.end()) client.shown_to = uri->value;
  return client;
}

void note_validity(const CertificateInfo& info, WallPoint now, TlsNotes& notes) {
  if (info.not_after <= now)
    notes.warnings.push_back(info.file + ": expired on " + date_of(info.not_after));
  else if (info.not_before > now)
    notes.warnings.push_back(info.file + ": not valid before " + date_of(info.not_before));
  else if (info.not_after - now < expires_soon)
    notes.warnings.push_back(info.file + ": expires on " + date_of(info.not_after));
}

}  // namespace sluice::net
