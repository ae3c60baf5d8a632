// What the three programs share beside the model: options, counts, the clock, the report.
//
//     PROGRAM TABLES [--seed N] [--first N] [--replications N] [--owned] [--counts]
//
// The report is one line of JSON; --counts adds a line of billable patients, attempts and events
// for each replication and month. The clock runs around the replications only.
#pragma once

#include <chrono>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "tables.hpp"

struct Options {
    std::string tables;
    std::uint32_t seed = 0, first = 0;
    int replications = 20;
    bool owned = false;   // two_nurses: without backup
    bool counts = false;  // show every replication and month
};

inline Options read_options(int argc, char** argv) {
    if (argc < 2) refuse("the first argument is the file of tables");
    Options options;
    options.tables = argv[1];
    for (int i = 2; i < argc; ++i) {
        const std::string name = argv[i];
        if (name == "--owned") {
            options.owned = true;
        } else if (name == "--counts") {
            options.counts = true;
        } else if (i + 1 == argc) {
            refuse(name + " is no option, or lacks its value");
        } else {
            const auto value = static_cast<std::uint32_t>(std::strtoul(argv[++i], nullptr, 10));
            if (name == "--seed") options.seed = value;
            else if (name == "--first") options.first = value;
            else if (name == "--replications") options.replications = static_cast<int>(value);
            else refuse(name + " is no option");
        }
    }
    return options;
}

// What happened in one month of one replication; events as section 8 of docs/model.md counts them.
struct MonthCounts {
    int patients = 0, billable = 0, attempts = 0, events = 0;
};

// Run all replications on the clock, then print. `run(keyed, counts)` fills in a row of months.
template <class Run>
void run_and_report(const Options& options, int months, Run&& run) {
    std::vector<MonthCounts> counts(static_cast<std::size_t>(options.replications) * months);
    const auto start = std::chrono::steady_clock::now();
    for (int r = 0; r < options.replications; ++r)
        run(Keyed(options.seed, options.first + r), &counts[static_cast<std::size_t>(r) * months]);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    long long patients = 0, billable = 0, attempts = 0, events = 0;
    for (const MonthCounts& month : counts) {
        patients += month.patients;
        billable += month.billable;
        attempts += month.attempts;
        events += month.events;
    }
    std::printf("{\"replications\": %d, \"patient_months\": %lld, \"billable\": %lld, "
                "\"attempts\": %lld, \"events\": %lld, \"seconds\": %.6f}\n",
                options.replications, patients, billable, attempts, events, seconds.count());
    if (!options.counts) return;
    for (const MonthCounts& month : counts)
        std::printf("%d %d %d\n", month.billable, month.attempts, month.events);
}
