// Decisions and keyed draws of two_nurses.cpp: functions of settings, records and keys.
//
// Comes in: values. Goes out: values; only `billable` moves something on, the lasting fault. Never
// knows an event or the clock. Numbers in brackets are sections of docs/model.md.
#pragma once

#include <limits>

#include "practice.hpp"

// A patient belongs to the seat that is furthest below its share of protected hours [5].
inline int next_owner(const Settings& settings, const int (&placed)[SEATS], int p) {
    double total = 0.0, most = -std::numeric_limits<double>::infinity();
    for (const double minutes : settings.protected_minutes) total += minutes;
    int owner = 0;
    for (int s = 0; s < SEATS; ++s) {
        const double short_of = settings.protected_minutes[s] * (p + 1) - placed[s] * total;
        if (short_of > most) {
            most = short_of;
            owner = s;
        }
    }
    return owner;
}

inline Patient new_patient(const Keyed& keyed, const Settings& settings, int p, int owner) {
    const Pair u = keyed(PATIENT_NEED, p, NO_MONTH, 0);
    Patient patient{};
    patient.need = settings.need(u.first);
    patient.answer = settings.answer(u.second);
    patient.owner = owner;
    for (int& holder : patient.familiar) holder = -1;
    patient.enrolled = true;
    return patient;
}

// The instant at which a patient dies or moves away; the month's end where nothing happens [2].
inline Ticks death(const Keyed& keyed, const Settings& settings, const Calendar& calendar, int p,
                   int month) {
    const Ticks start = calendar.month_start[month], end = calendar.month_start[month + 1];
    if (!(keyed(LEAVING, p, month, 0).first < settings.death)) return end;
    const double v = keyed(DEATH_INSTANT, p, month, 0).first;
    const Ticks after = to_ticks(static_cast<double>(end - start) / 1024.0 * v);
    return start + std::min(after, end - start - 1);
}

inline bool opts_out(const Keyed& keyed, const Settings& settings, const Patient& patient, int p,
                     int month) {
    double chance = settings.opt_out;
    if (patient.silent >= settings.silent_months)
        chance = std::min(1.0, chance * settings.silent_ratio);
    return keyed(LEAVING, p, month, 0).second < chance;
}

// Business day of the month on which the outreach is released, early in it [4].
inline int outreach_day(const Keyed& keyed, int p, int month, int n) {
    const double x = keyed(OUTREACH_RELEASE, p, month, 0).first;
    return std::min(static_cast<int>(n * (x * x)), n - 1);
}

inline Request draw_request(const Keyed& keyed, const Settings& settings, const Calendar& calendar,
                            int p, Kind kind, int month, int index, int first, int n) {
    const bool inbound = kind == INBOUND;
    const Pair u = keyed(inbound ? INBOUND_RELEASE : CARE_RELEASE, p, month, index);
    const Pair work = keyed(inbound ? INBOUND_WORK : CARE_WORK, p, month, index);
    const Pair outside = keyed(inbound ? INBOUND_OUTSIDE : CARE_OUTSIDE, p, month, index);
    const int day = first + std::min(static_cast<int>(n * u.first), n - 1);
    Request request{};
    request.patient = p;
    request.kind = kind;
    request.outside = outside.first < settings.outside;
    request.logged = outside.second < settings.outside_logged;
    request.month = month;
    request.index = index;
    request.release =
        calendar.midnight[day] + calendar.opens + calendar.clinic_minute(u.second);
    request.ticks = duration((inbound ? settings.inbound : settings.care)(work.first));
    return request;
}

// What a noted retry or follow-up becomes at its release [4].
inline Action released_action(const Settings& settings, const PatientMonth& now, Ticks known) {
    if (known >= settings.target) return NOTHING;
    if (now.action == CALL) {
        if (now.calls < settings.max_attempts) return CALL;
        if (now.kind != FOLLOW_UP) return NOTHING;
    }
    return now.charted < settings.chart_cap ? CHART : NOTHING;
}

// Closest to the target first, those at or above it last; then by release and patient [5].
inline std::uint64_t outreach_rank(const Settings& settings, Ticks known, int release, int p) {
    constexpr std::uint64_t LAST = (1u << 31) - 1;
    const Ticks missing = settings.target - known;
    const std::uint64_t first = missing > 0 ? static_cast<std::uint64_t>(missing) : LAST;
    return first << 32 | static_cast<std::uint64_t>(release) << 15 | static_cast<std::uint64_t>(p);
}

inline double chance_of_answer(const Settings& settings, const Patient& patient, bool morning,
                               bool familiar) {
    const double p = patient.answer * (morning ? settings.morning : settings.afternoon) *
                     (familiar ? 1.0 : settings.unfamiliar) *
                     (patient.now.kind == FOLLOW_UP ? settings.scheduled : 1.0);
    return std::min(1.0, std::max(0.0, p));
}

// What of a coordinator's entry ends up in the time log [6].
inline Ticks captured_ticks(const Settings& settings, bool outage_day, double u, Ticks countable) {
    const Losses& losses = outage_day ? settings.end_of_month : settings.end_of_day;
    if (u < losses.entry) return 0;
    return to_ticks(static_cast<double>(countable) / 1024.0 * (1.0 - losses.minute));
}

// Whether a patient-month is billable [6]. A lasting fault lives on, whatever becomes of the claim.
inline bool billable(const Keyed& keyed, const Settings& settings, Patient& patient, int p,
                     int month) {
    const double prevalence = settings.prevalence;
    const Pair u = keyed(DOCUMENTATION, p, month, 0);
    if (!patient.fault_known) {
        patient.fault = keyed(PATIENT_MONEY, p, NO_MONTH, 0).second < prevalence;
        patient.fault_known = true;
    } else if (patient.fault) {
        patient.fault = u.second >= settings.mended;
    } else {
        const double onset = settings.mended * prevalence / (1.0 - prevalence);
        patient.fault = u.second < std::min(1.0, onset);
    }
    if (patient.now.captured < settings.threshold) return false;
    const bool documented = u.first >= prevalence && !patient.fault;
    return documented && keyed(OUTREACH_RELEASE, p, month, 0).second >= settings.not_claimable;
}
