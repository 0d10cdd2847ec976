#include "cli/command_line.hpp"

#include <CLI/CLI.hpp>
#include <exception>
#include <iostream>

#include "cli/commands.hpp"
#include "cli/echo.hpp"
#include "server/version.hpp"

namespace sluice::cli {
namespace {

std::string check_address(const std::string& text) {
  return Scalar<config::Address>::parse(text) ? ""
                                              : "expected " + std::string(Scalar<config::Address>::expected);
}

// The options of all commands, and what to do once they are known.
class CommandLine {
 public:
  CommandLine() {
    app_.set_version_flag("--version", server::version_text(), "Version, commit, libraries");
    app_.require_subcommand(1);
    add_run();
    add_check();
    add_explain();
    add_schema();
    add_echo();
  }

  int parse_and_run(int argc, char** argv) {
    try {
      app_.parse(argc, argv);
    } catch (const CLI::ParseError& e) {
      return app_.exit(e, std::cout, std::cerr) == 0 ? fine : bad_usage;
    }
    return chosen_();
  }

 private:
  CLI::App* command(const char* name, const char* about) { return app_.add_subcommand(name, about); }

  void file_option(CLI::App* command) {
    command->add_option("-c,--config", file_,
                        "The configuration; else $SLUICE_CONFIG, ./sluice.yaml or /etc/sluice/sluice.yaml");
  }

  void add_run() {
    auto* c = command("run", "Run the gateway");
    file_option(c);
    c->add_flag("--watch", watch_, "Reload when a file of the configuration changes");
    c->callback([this] { chosen_ = [this] { return run_gateway(find_configuration(file_), watch_); }; });
  }

  void add_check() {
    auto* c = command("check", "Check a configuration: exit 0, or 1 with every error");
    file_option(c);
    c->callback([this] { chosen_ = [this] { return check(find_configuration(file_)); }; });
  }

  void add_explain() {
    auto* c =
        command("explain", "Which route matches and why, the chain in order, the target; sends nothing");
    file_option(c);
    c->add_option("METHOD", request_.method)->required();
    c->add_option("URL", request_.url, "http://host/path?query, or a path")->required();
    c->add_option("-H,--header", request_.headers, "'Name: value'; may be repeated")->allow_extra_args(false);
    c->callback([this] { chosen_ = [this] { return explain(find_configuration(file_), request_); }; });
  }

  void add_schema() {
    auto* c = command("schema", "Print the JSON Schema of the configuration, for editors");
    c->callback([this] { chosen_ = [] { return schema(); }; });
  }

  void add_echo() {
    auto* c = command("echo", "A demonstration upstream: echoes the request as JSON, answers /healthz");
    c->add_option("--bind", bind_, "Where to listen: 127.0.0.1:9001, :9001, unix:/path")
        ->required()
        ->check(check_address);
    c->add_option("--name", echo_.name, "Its name, in every answer");
    c->add_option("--delay", delay_, "Wait before every answer but /healthz: 250ms, 5s")
        ->check([](const std::string& text) {
          return Scalar<Duration>::parse(text) ? "" : "expected " + std::string(Scalar<Duration>::expected);
        });
    c->add_option("--status", echo_.status, "Status of every answer")->check(CLI::Range(200, 599));
    c->callback([this] { chosen_ = [this] { return run_echo(); }; });
  }

  int run_echo() {
    echo_.bind = *Scalar<config::Address>::parse(bind_);
    if (!delay_.empty())
      echo_.delay = std::chrono::duration_cast<std::chrono::milliseconds>(*Scalar<Duration>::parse(delay_));
    return echo(echo_);
  }

  CLI::App app_{"Sluice, an API gateway", "sluice"};
  std::function<int()> chosen_;
  std::string file_, bind_, delay_;
  bool watch_ = false;
  server::ExplainedRequest request_;
  EchoOptions echo_;
};

}  // namespace

int run(int argc, char** argv) noexcept {
  try {
    return CommandLine().parse_and_run(argc, argv);
  } catch (const std::exception& e) {
    std::cerr << "sluice: internal fault: " << e.what() << '\n';
  } catch (...) {
    std::cerr << "sluice: internal fault\n";
  }
  return internal_fault;
}

}  // namespace sluice::cli
