#include "filters/validate/schema/pattern.hpp"

#include <re2/re2.h>

namespace sluice::filters::validate {

Pattern::Pattern() = default;
Pattern::~Pattern() = default;

std::unique_ptr<Pattern> Pattern::compile(std::string_view ecma, std::string& error) {
  auto translated = translate(ecma, error);
  if (!translated) return nullptr;
  re2::RE2::Options options;
  options.set_log_errors(false);
  auto expression = std::make_unique<re2::RE2>(*translated, options);
  if (!expression->ok()) {
    error = expression->error();
    return nullptr;
  }
  std::unique_ptr<Pattern> pattern(new Pattern);
  pattern->spelling_ = ecma;
  pattern->plain_ = PlainPattern::compile(ecma);
  pattern->expression_ = std::move(expression);
  return pattern;
}

bool Pattern::matches(std::string_view text) const {
  if (plain_) return plain_->matches(text);
  return re2::RE2::PartialMatch({text.data(), text.size()}, *expression_);
}

}  // namespace sluice::filters::validate
