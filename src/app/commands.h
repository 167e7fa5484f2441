// What each command of the command line does.
#pragma once

#include "app/command_line.h"
#include "base/result.h"

namespace aloft::app {

// Runs the command to its end, on this thread. Output goes to standard output. Error: invalid for bad values
// of options, others for failures.
Result<> run_command(const Invocation& call);

Result<> run_up(const Invocation& call);
Result<> run_down(const Invocation& call);
Result<> run_status(const Invocation& call);
Result<> run_image(const Invocation& call);
Result<> run_telemetry(const Invocation& call);
Result<> run_query(const Invocation& call);
Result<> run_logs(const Invocation& call);
Result<> run_traces(const Invocation& call);
Result<> run_alerts(const Invocation& call);
Result<> run_alerts_silence(const Invocation& call);
Result<> run_alerts_history(const Invocation& call);
Result<> run_rules_check(const Invocation& call);
Result<> run_rules_test(const Invocation& call);
Result<> run_promtest(const Invocation& call);

}  // namespace aloft::app
