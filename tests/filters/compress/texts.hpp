// Bodies worth compressing, and one that is not; the same for the same seed.
#pragma once
#include <random>
#include <string>

namespace sluice::filters::compress {

inline std::string json_text(std::size_t size, unsigned seed = 1) {
  constexpr const char* names[] = {"ann", "bob", "carol", "dave", "eve", "mallory", "trent", "peggy"};
  std::mt19937 random(seed);
  std::string text = "[";
  while (text.size() < size)
    text += "{\"id\":" + std::to_string(random() % 1'000'000) + ",\"name\":\"" + names[random() % 8] + " " +
            names[random() % 8] + "\",\"score\":" + std::to_string(random() % 100'000) + "},\n";
  text.resize(size);
  return text;
}

inline std::string noise(std::size_t size, unsigned seed = 1) {
  std::mt19937 random(seed);
  std::string bytes(size, '\0');
  for (auto& c : bytes) c = static_cast<char>(random());
  return bytes;
}

}  // namespace sluice::filters::compress
