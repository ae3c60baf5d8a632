// The records of two_nurses.cpp: settings, patients, requests, coordinators.
//
// Names and shapes only; what happens to them is in two_nurses.cpp.
#pragma once

#include <cstdint>
#include <vector>

#include "duty.hpp"
#include "keyed.hpp"
#include "tables.hpp"

// Kinds of items, in the order in which one patient's items of one instant are released.
enum Kind : std::uint8_t { OUTREACH, RETRY, FOLLOW_UP, FINAL_PUSH, INBOUND, CARE_TASK };
enum Action : std::uint8_t { NOTHING, CALL, CHART };
// Where a patient's one outreach-type item stands.
enum class Chain : std::uint8_t { NONE, NOTED, OPEN, IN_SERVICE };

struct Losses {
    double entry, minute;
};

struct Settings {
    explicit Settings(const Tables& tables)
        : panel(tables.whole("panel")),
          max_attempts(tables.whole("max_attempts")),
          retry_gap(tables.whole("retry_gap_days")),
          followup_gap(tables.whole("followup_gap_days")),
          push_days(tables.whole("final_push_days")),
          silent_months(tables.whole("silent_months")),
          target(tables.ticks("target_minutes")),
          threshold(tables.ticks("threshold_minutes")),
          chart_cap(tables.ticks("chart_minutes_per_month")),
          logging(tables.ticks("logging_minutes_per_entry")),
          patience(duration(tables.number("request_patience_days") * 1440.0)),
          death(tables.number("death_per_month_share")),
          opt_out(tables.number("opt_out_per_month_share")),
          silent_ratio(tables.number("silent_rate_ratio")),
          morning(tables.number("morning_factor")),
          afternoon(tables.number("afternoon_factor")),
          unfamiliar(tables.number("unfamiliar_factor")),
          scheduled(tables.number("scheduled_factor")),
          inbound_mean(tables.number("inbound_per_month")),
          care_mean(tables.number("care_tasks_per_month")),
          outside(tables.number("other_work_outside_share")),
          outside_logged(tables.number("outside_capture_share")),
          not_claimable(tables.number("not_claimable_share")),
          prevalence(tables.number("failure_share") / 2.0),
          mended(tables.number("mended_per_month_share")),
          end_of_day{tables.number("end_of_day.entry"), tables.number("end_of_day.minute")},
          end_of_month{tables.number("end_of_month.entry"), tables.number("end_of_month.minute")},
          need(tables.law("need")),
          answer(tables.law("answer")),
          call(tables.law("call")),
          notes(tables.law("notes")),
          attempt(tables.law("attempt")),
          inbound(tables.law("inbound")),
          care(tables.law("care_task")),
          protected_minutes(tables.list("protected_minutes")) {}

    int panel, max_attempts, retry_gap, followup_gap, push_days, silent_months;
    Ticks target, threshold, chart_cap, logging, patience;
    double death, opt_out, silent_ratio, morning, afternoon, unfamiliar, scheduled;
    double inbound_mean, care_mean, outside, outside_logged;
    double not_claimable, prevalence, mended;
    Losses end_of_day, end_of_month;
    Law need, answer, call, notes, attempt, inbound, care;
    std::vector<double> protected_minutes;  // of each seat
};

// What belongs to one month of a patient.
struct PatientMonth {
    Chain chain = Chain::NONE;
    Kind kind = OUTREACH;     // of the item noted, open or in service
    Action action = NOTHING;  // what it is, or is wanted to be
    bool answered = false;    // an outgoing call of the month
    bool contacted = false;   // for the push
    int calls = 0;            // outgoing calls, the push aside
    int attempts = 0;         // all outgoing calls
    int charts = 0;
    int release = 0;          // business day of the open item's release
    Ticks charted = 0;
    Ticks captured = 0;       // facts, entered at the start of a service
    Ticks known = 0;          // captured minutes of what is completed
    Ticks excess = 0;         // own work less captured minutes of what was completed on excess_day
    int excess_day = -1;
};

struct Patient {
    double need, answer;
    int owner;
    int familiar[SEATS];  // latest holder of each seat the patient has spoken with, −1: none
    bool enrolled, fault, fault_known;
    int silent;  // latest months in a row without an answered outgoing call
    PatientMonth now;
};

// An inbound call or a care task, scheduled or waiting.
struct Request {
    int patient;
    Kind kind;
    bool outside, logged, open;
    int month, index;  // of its release: its random key
    Ticks release, ticks;
};

// Requests, scheduled or waiting; a place is used again when nothing points to it any more.
class Requests {
  public:
    Request& operator[](int place) { return requests_[place]; }

    void clear() {
        requests_.clear();
        free_.clear();
    }

    int add(const Request& request) {
        if (free_.empty()) {
            requests_.push_back(request);
            return static_cast<int>(requests_.size()) - 1;
        }
        const int place = free_.back();
        free_.pop_back();
        requests_[place] = request;
        return place;
    }

    void free(int place) { free_.push_back(place); }

  private:
    std::vector<Request> requests_;
    std::vector<int> free_;
};

// A coordinator and the service at hand.
struct Coordinator {
    bool on_duty = false, busy = false;
    int holder = 0;
    int patient = 0, month = 0;
    Kind kind = OUTREACH;
    Action action = NOTHING;
    bool answered = false;
    Ticks own = 0, captured = 0;
};
