// The command line: which command, with what; and what a process says to the shell that started it.
#pragma once

namespace sluice::cli {

enum ExitCode : int {
  fine = 0,
  bad_configuration = 1,
  bad_usage = 2,
  internal_fault = 70  // EX_SOFTWARE
};

// All of main(). Machine output goes to stdout, what people read to stderr.
int run(int argc, char** argv) noexcept;

}  // namespace sluice::cli
