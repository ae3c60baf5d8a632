// The small model's numbers, sick spells and calls: what small_heap and small_lazy share.
//
// benchmarks/small/small_model.toml: coordinators with their own patients, calls only, order by
// release, real-time capture without losses, one entry of sick spells. All releases come at
// opening, before anybody's shift begins, so an item's release is its business day.
#pragma once

#include <limits>
#include <vector>

#include "keyed.hpp"
#include "tables.hpp"

struct SmallModel {
    explicit SmallModel(const Tables& tables)
        : months(tables.whole("months")),
          seats(tables.whole("seats")),
          panel(tables.whole("panel")),
          max_attempts(tables.whole("max_attempts")),
          retry_gap(tables.whole("retry_gap_days")),
          followup_gap(tables.whole("followup_gap_days")),
          opens(tables.ticks("opens")),
          target(tables.ticks("target_minutes")),
          threshold(tables.ticks("threshold_minutes")),
          first_day(tables.wholes("month_first_business_day")),
          day_in_month(tables.wholes("day_in_month")),
          midnight(tables.all_ticks("midnight")),
          month_start(tables.all_ticks("month_start")),
          spell_length(tables.law(tables.whole("entry.length_row"))),
          spell_stream(static_cast<std::uint32_t>(tables.number("entry.stream"))),
          call(tables.law("call")) {
        answer = constant(tables.law("answer"));
        notes = duration(constant(tables.law("notes")));
        attempt = duration(constant(tables.law("attempt")));
        const double rate = tables.number("entry.rate");
        for (const double days : tables.list("days_in_year")) spell_chance.push_back(rate / days);
        read_shifts(tables);
        midnight.push_back(std::numeric_limits<Ticks>::max());  // the last day has no next one
        for (const double minutes : tables.list("protected_minutes"))
            require(minutes == tables.number("protected_minutes"), "coordinators with equal hours");
        require(panel < 1 << 16, "fewer than 65,536 patients");
        for (int patient = 0; patient < panel; ++patient) owner.push_back(patient % seats);
    }

    // Whether each business day is without a spell at a seat; every day compares one uniform, so
    // that spells of one seat are merged.
    void draw_duty(const Keyed& keyed, int seat, std::vector<char>& on_duty) const {
        int until = 0;
        for (int month = 0; month < months; ++month)
            for (int day = first_day[month]; day < first_day[month + 1]; ++day) {
                const Pair u = keyed(spell_stream, seat, month, day_in_month[day]);
                if (u.first < spell_chance[day]) {
                    const int length = static_cast<int>(std::floor(spell_length(u.second) + 0.5));
                    until = std::max(until, day + std::max(1, length));
                }
                on_duty[day] = until <= day;
            }
    }

    // The business day of a patient's first call: early in the month.
    int outreach_day(const Keyed& keyed, int patient, int month) const {
        const double x = keyed(OUTREACH_RELEASE, patient, month, 0).first;
        const int days = first_day[month + 1] - first_day[month];
        return first_day[month] + std::min(static_cast<int>(days * (x * x)), days - 1);
    }

    // A call's ticks if it is answered, else 0; the minutes are drawn only if they are needed.
    Ticks answered_ticks(const Keyed& keyed, int patient, int month, int number) const {
        if (!(keyed(CALL_ANSWER, patient, month, number).first < answer)) return 0;
        return duration(call(keyed(CALL_MINUTES, patient, month, number).first)) + notes;
    }

    int months, seats, panel, max_attempts, retry_gap, followup_gap;
    Ticks opens, target, threshold;
    std::vector<int> first_day, day_in_month, owner;
    std::vector<Ticks> midnight, month_start, duty_start, duty_end;  // by business day
    std::vector<double> spell_chance;
    Law spell_length;
    std::uint32_t spell_stream;
    Law call;
    double answer;
    Ticks notes, attempt;

  private:
    static double constant(const Law& law) {
        require(law.kind == CONSTANT, "a constant answer probability, notes and attempts");
        return law.a;
    }

    void read_shifts(const Tables& tables) {
        const auto weekday = tables.wholes("weekday");
        const auto start = tables.all_ticks("shift_start");
        const auto end = tables.all_ticks("shift_duty_end");
        for (int seat = 0; seat < seats; ++seat)
            for (int d = 0; d < 5; ++d) {
                const bool same = start[5 * seat + d] == start[d] && end[5 * seat + d] == end[d];
                require(same, "coordinators with equal shifts");
                require(opens < start[d], "shifts that begin after opening");
            }
        for (std::size_t day = 0; day < midnight.size(); ++day) {
            duty_start.push_back(midnight[day] + start[weekday[day]]);
            duty_end.push_back(midnight[day] + end[weekday[day]]);
        }
    }
};
