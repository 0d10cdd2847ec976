#include "filters/concurrency/gates.hpp"

#include <random>

namespace sluice::filters::concurrency {
namespace {

constexpr std::size_t spares = 64;

base::HashSeed random_seed() {
  std::random_device device;
  auto word = [&] { return static_cast<std::uint64_t>(device()) << 32 | device(); };
  return {word(), word()};
}

std::int64_t shown_of(const std::optional<Gradient>& gradient) noexcept {
  return gradient ? static_cast<std::int64_t>(gradient->limit()) : 0;
}

}  // namespace

Gates::Gates(unsigned workers, Gauge limit) : seed_(random_seed()), limit_(limit) {
  for (unsigned i = 0; i < workers; ++i) desks_.push_back(std::make_unique<Desk>());
}

Gates::~Gates() {
  limit_.add_elsewhere(-shown_);
}

// Who waits already is let in by the next one that leaves.
void Gates::configure(std::uint64_t generation, const Settings& settings) {
  std::lock_guard one(configuring_);
  if (generation <= followed_) return;
  max_ = settings.max;
  min_ = settings.min;
  queue_ = settings.queue;
  adaptive_ = settings.adaptive;
  for (auto& shard : shards_) {
    std::lock_guard lock(shard.mutex);
    for (auto& [key, gate] : shard.gates) {
      auto before = shown_of(gate.gradient);
      if (!settings.adaptive) gate.gradient.reset();
      if (gate.gradient) gate.gradient->bound(settings.min, settings.max);
      show(shown_of(gate.gradient) - before);
    }
  }
  followed_.store(generation, std::memory_order_release);
}

Gates::Gate& Gates::open(Shard& shard, std::uint64_t key) {
  auto found = shard.gates.find(key);
  if (found != shard.gates.end()) return found->second;
  if (shard.spare.empty()) {
    found = shard.gates.try_emplace(key).first;
  } else {
    auto node = std::move(shard.spare.back());
    shard.spare.pop_back();
    node.key() = key;
    found = shard.gates.insert(std::move(node)).position;
  }
  auto& gate = found->second;
  if (adaptive_) show(static_cast<std::int64_t>(gate.gradient.emplace(min_, max_).limit()));
  return gate;
}

// What was learned about a key is not forgotten when nobody is in for a moment.
void Gates::close_unused(Shard& shard, std::uint64_t key) {
  auto found = shard.gates.find(key);
  auto& gate = found->second;
  if (gate.in > 0 || !gate.line.empty() || gate.gradient) return;
  if (shard.spare.size() < spares)
    shard.spare.push_back(shard.gates.extract(found));
  else
    shard.gates.erase(found);
}

unsigned Gates::limit_of(const Gate& gate) const noexcept {
  return gate.gradient ? gate.gradient->limit() : max_.load(std::memory_order_relaxed);
}

Gates::How Gates::try_enter(std::uint64_t key) {
  auto& s = shard(key);
  std::lock_guard lock(s.mutex);
  auto& gate = open(s, key);
  if (!has_room(gate)) return How::full;
  ++gate.in;
  return How::in;
}

Gates::Entry Gates::enter(std::uint64_t key, const Place& place) {
  auto& s = shard(key);
  std::lock_guard lock(s.mutex);
  auto& gate = open(s, key);
  if (has_room(gate)) {
    ++gate.in;
    return {How::in};
  }
  if (gate.line.size() >= queue_) return {How::full};
  auto number = next_.fetch_add(1, std::memory_order_relaxed);
  gate.line.emplace(number, place);
  return {How::waits, number};
}

void Gates::leave(std::uint64_t key, TimePoint now, std::optional<Sample> sample) {
  Woken woken;
  {
    auto& s = shard(key);
    std::lock_guard lock(s.mutex);
    auto& gate = s.gates.find(key)->second;
    if (sample && gate.gradient) learn(gate, *sample, now);
    --gate.in;
    woken = admit(gate);
    close_unused(s, key);
  }
  wake(woken);
}

// Who is not in line any more was let in: the place goes on to the next.
void Gates::give_up(std::uint64_t key, std::uint64_t number, TimePoint now) {
  {
    auto& s = shard(key);
    std::lock_guard lock(s.mutex);
    auto found = s.gates.find(key);
    if (found != s.gates.end() && found->second.line.erase(number) > 0) return close_unused(s, key);
  }
  leave(key, now);
}

void Gates::learn(Gate& gate, const Sample& sample, TimePoint now) {
  auto before = shown_of(gate.gradient);
  if (sample.failed)
    gate.gradient->failed(now);
  else
    gate.gradient->answered(sample.took, gate.in, now);
  show(shown_of(gate.gradient) - before);
}

void Gates::show(std::int64_t change) noexcept {
  if (change == 0) return;
  limit_.add_elsewhere(change);
  shown_ += change;
}

Gates::Woken Gates::admit(Gate& gate) {
  Woken woken;
  while (!gate.line.empty() && gate.in < limit_of(gate)) {
    ++gate.in;
    woken.push_back(gate.line.begin()->second);
    gate.line.erase(gate.line.begin());
  }
  return woken;
}

void Gates::wake(const Woken& woken) {
  for (auto& place : woken)
    place.mailbox->post([self = shared_from_this(), worker = place.worker, ticket = place.ticket] {
      self->desk_of(worker).answer(ticket, Unit{});
    });
}

unsigned Gates::in_flight(std::uint64_t key) {
  auto& s = shard(key);
  std::lock_guard lock(s.mutex);
  auto found = s.gates.find(key);
  return found == s.gates.end() ? 0 : found->second.in;
}

unsigned Gates::waiting(std::uint64_t key) {
  auto& s = shard(key);
  std::lock_guard lock(s.mutex);
  auto found = s.gates.find(key);
  return found == s.gates.end() ? 0 : static_cast<unsigned>(found->second.line.size());
}

unsigned Gates::limit(std::uint64_t key) {
  auto& s = shard(key);
  std::lock_guard lock(s.mutex);
  auto found = s.gates.find(key);
  return found == s.gates.end() ? max_.load() : limit_of(found->second);
}

}  // namespace sluice::filters::concurrency
