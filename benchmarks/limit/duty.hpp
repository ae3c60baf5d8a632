// When two nurses are on duty: section 3 of docs/model.md, as far as the preset two_nurses goes.
//
// Comes in: the calendar, shifts and disruptions, a key. Goes out: a month's on-duty intervals, the
// days on which others may take a seat's items, the days that an outage touches. Knows no patients.
#pragma once

#include <limits>
#include <vector>

#include "keyed.hpp"
#include "tables.hpp"

constexpr int SEATS = 2;

struct Calendar {
    explicit Calendar(const Tables& tables)
        : months(tables.whole("months")),
          first_day(tables.wholes("month_first_business_day")),
          weekday(tables.wholes("weekday")),
          day_in_month(tables.wholes("day_in_month")),
          month_start(tables.all_ticks("month_start")),
          midnight(tables.all_ticks("midnight")),
          cosine(tables.list("cosine")),
          opens(tables.ticks("opens")),
          closes(tables.ticks("closes")) {}

    int days() const { return static_cast<int>(midnight.size()); }

    // A keyed minute from opening to (not at) closing, counted from opening.
    Ticks clinic_minute(double u) const {
        const Ticks open = closes - opens;
        return std::min(to_ticks(static_cast<double>(open) / 1024.0 * u), open - 1);
    }

    int months;
    std::vector<int> first_day, weekday, day_in_month;
    std::vector<Ticks> month_start, midnight;  // of each month, and its end; of each business day
    std::vector<double> cosine;                // of the season, by business day
    Ticks opens, closes;
};

enum EntryKind { SICK, PLANNED, EXTENDED, TURNOVER, FLOOR, CLOSURE, OUTAGE, OUTBREAK, RECORDED };

struct Entry {
    int kind;
    std::uint32_t stream;
    double rate, amplitude, ramp_start, ramp_weeks, last_share, sick_factor;
    Law length, frailty;
    std::vector<double> days_in_year;  // by business day
};

inline std::vector<Entry> read_entries(const Tables& tables, int days) {
    std::vector<Entry> entries;
    const auto& all_days = tables.list("days_in_year");
    for (std::size_t e = 0; e < tables.list("entry.kind").size(); ++e) {
        const auto field = [&](const char* name) {
            return tables.list(std::string("entry.") + name)[e];
        };
        const auto law = [&](const char* name) {
            const int row = static_cast<int>(field(name));
            return row < 0 ? Law{CONSTANT, 1.0} : tables.law(row);
        };
        const auto own_days = all_days.begin() + static_cast<std::ptrdiff_t>(e) * days;
        const int kind = static_cast<int>(field("kind"));
        require(kind >= SICK && kind < RECORDED, "disruptions of known kinds without a log");
        entries.push_back({kind, static_cast<std::uint32_t>(field("stream")), field("rate"),
                           field("amplitude"), field("ramp_start"), field("ramp_weeks"),
                           field("last_share"), field("sick_factor"), law("length_row"),
                           law("frailty_row"), {own_days, own_days + days}});
    }
    return entries;
}

struct Interval {
    int seat, holder;
    Ticks start, end;
};

// Draws availability month by month, in order.
class Duty {
  public:
    Duty(const Tables& tables, const Calendar& calendar)
        : calendar_(calendar),
          entries_(read_entries(tables, calendar.days())),
          load_(tables.law("load")),
          backup_after_days_(tables.whole("backup_after_days")),
          shift_start_(tables.all_ticks("shift_start")),
          shift_end_(tables.all_ticks("shift_duty_end")) {
        require(tables.whole("seats") == SEATS, "two seats");
        for (std::size_t i = 0; i < shift_start_.size(); ++i)
            require(shift_start_[i] < shift_end_[i], "a shift on each weekday");
        require(count(TURNOVER) <= 1, "at most one entry of turnover");
        require(count(OUTAGE) <= 1, "at most one entry of outages");
    }

    void begin(const Keyed& keyed) {
        spells_.assign(entries_.size(), {});
        for (Seat& seat : seats_) seat = Seat{};
        outage_until_ = std::numeric_limits<Ticks>::min();
        for (std::size_t e = 0; e < entries_.size(); ++e)
            for (int s = 0; s < SEATS; ++s)
                spells_[e].frailty[s] =
                    entries_[e].frailty(keyed(entries_[e].stream, s, NO_MONTH, 0).first);
    }

    // Draw a month; the public lists hold it until the next is drawn.
    void draw_month(const Keyed& keyed, int month) {
        const double load = load_(keyed(CLINIC_LOAD, PRACTICE, month, 0).first);
        const int first = calendar_.first_day[month], last = calendar_.first_day[month + 1];
        intervals.clear();
        days.assign(last - first, {});
        for (int day = first; day < last; ++day) {
            draw_practice(keyed, month, day);
            days[day - first].outage = !outages_.empty();
            for (int s = 0; s < SEATS; ++s) {
                draw_seat(keyed, month, day, s, load);
                const bool away = enter_shift(day, s) == 0;
                Seat& seat = seats_[s];
                days[day - first].others_may_help[s] = away && seat.days_away >= backup_after_days_;
                seat.days_away = away ? seat.days_away + 1 : 0;
            }
        }
    }

    struct Day {
        bool outage = false;  // whether one touches the day
        bool others_may_help[SEATS] = {};
    };

    std::vector<Interval> intervals;
    std::vector<Day> days;  // business days of the month

  private:
    struct Spell {
        int until[SEATS] = {};  // first business day after it; the whole practice uses seat 0
        double frailty[SEATS] = {};
    };
    struct Seat {
        int holder = 0, days_away = 0;
        Ticks hired = std::numeric_limits<Ticks>::min();  // midnight of the hiring day
        bool learning = false;                            // whether the holder was hired
        double floor_share = 0.0;                         // of today's shift, lost at its end
    };
    struct Window {
        Ticks start, end;
    };

    int count(int kind) const {
        int found = 0;
        for (const Entry& entry : entries_) found += entry.kind == kind;
        return found;
    }

    static void lengthen(int& until, int day, double length) {
        until = std::max(until, day + std::max(1, static_cast<int>(std::floor(length + 0.5))));
    }

    // Closures, outbreaks and outages of a day.
    void draw_practice(const Keyed& keyed, int month, int day) {
        closed_ = false;
        sick_factor_ = 1.0;
        outages_.clear();
        for (std::size_t e = 0; e < entries_.size(); ++e) {
            const Entry& entry = entries_[e];
            if (entry.kind < CLOSURE) continue;
            const Pair u = keyed(entry.stream, PRACTICE, month, calendar_.day_in_month[day]);
            const bool starts = u.first < entry.rate / entry.days_in_year[day];
            if (entry.kind == OUTAGE) {
                draw_outage(keyed, month, day, entry, starts ? entry.length(u.second) : 0.0);
                continue;
            }
            if (starts) lengthen(spells_[e].until[0], day, entry.length(u.second));
            const bool running = spells_[e].until[0] > day;
            if (entry.kind == CLOSURE) closed_ = closed_ || running;
            else if (running) sick_factor_ *= entry.sick_factor;
        }
    }

    // The windows of a day: what runs on from earlier days, and what starts (length above 0).
    void draw_outage(const Keyed& keyed, int month, int day, const Entry& entry, double length) {
        const Ticks midnight = calendar_.midnight[day];
        if (outage_until_ > midnight) outages_.push_back({midnight, outage_until_});
        if (length <= 0.0) return;
        const int index = 32 + calendar_.day_in_month[day];
        const double u = keyed(entry.stream, PRACTICE, month, index).first;
        const Ticks start = midnight + calendar_.opens + calendar_.clinic_minute(u);
        outages_.push_back({start, start + duration(length)});
        outage_until_ = std::max(outage_until_, outages_.back().end);
    }

    // Spells of a seat that start on a day, new holders, and the coin of floor cover.
    void draw_seat(const Keyed& keyed, int month, int day, int s, double load) {
        Seat& seat = seats_[s];
        seat.floor_share = 0.0;
        away_ = closed_;
        for (std::size_t e = 0; e < entries_.size(); ++e) {
            const Entry& entry = entries_[e];
            if (entry.kind >= CLOSURE) continue;
            const Pair u = keyed(entry.stream, s, month, calendar_.day_in_month[day]);
            if (entry.kind == FLOOR) {
                if (u.first < entry.rate * load) seat.floor_share = entry.last_share;
                continue;
            }
            int& until = spells_[e].until[s];
            const bool ended = entry.kind == TURNOVER && day > 0 && until == day;
            if (u.first < probability(e, s, day)) lengthen(until, day, entry.length(u.second));
            if (ended && until == day) hire(seat, day);
            away_ = away_ || until > day;
        }
    }

    double probability(std::size_t e, int s, int day) const {
        const Entry& entry = entries_[e];
        const double p = entry.rate / entry.days_in_year[day];
        if (entry.kind != SICK) return p;
        const double season = 1.0 + entry.amplitude * calendar_.cosine[day];
        return p * (season * spells_[e].frailty[s] * sick_factor_);
    }

    void hire(Seat& seat, int day) {
        ++seat.holder;
        seat.learning = true;
        seat.hired = calendar_.midnight[day];
    }

    // Enter a shift's on-duty intervals; return how many ticks are on duty.
    Ticks enter_shift(int day, int s) {
        if (away_) return 0;
        const Seat& seat = seats_[s];
        const int at = 5 * s + calendar_.weekday[day];
        const Ticks start = calendar_.midnight[day] + shift_start_[at];
        const Ticks template_end = calendar_.midnight[day] + shift_end_[at];
        const double template_minutes = static_cast<double>(template_end - start) / 1024.0;
        Ticks end = template_end - to_ticks(template_minutes * seat.floor_share);
        for (const Entry& entry : entries_)
            if (entry.kind == TURNOVER && seat.learning) {
                const double weeks = static_cast<double>(start - seat.hired) / 1024.0 / 10080.0;
                end = std::min(end, start + to_ticks(template_minutes * ramp(entry, weeks)));
            }
        return enter_between_outages(s, start, end);
    }

    static double ramp(const Entry& entry, double weeks) {
        return 1.0 - (1.0 - entry.ramp_start) * std::exp(-weeks / entry.ramp_weeks);
    }

    // Windows stand by their start: at most one runs on from earlier days, at most one is new.
    Ticks enter_between_outages(int s, Ticks start, Ticks end) {
        Ticks on_duty = 0, from = start;
        const auto enter = [&](Ticks until) {
            if (until <= from) return;
            intervals.push_back({s, seats_[s].holder, from, until});
            on_duty += until - from;
        };
        for (const Window& window : outages_) {
            enter(std::min(end, window.start));
            from = std::max(from, window.end);
        }
        enter(end);
        return on_duty;
    }

    const Calendar& calendar_;
    std::vector<Entry> entries_;
    Law load_;
    int backup_after_days_;
    std::vector<Ticks> shift_start_, shift_end_;  // by seat and weekday
    std::vector<Spell> spells_;                   // by entry
    Seat seats_[SEATS];
    Ticks outage_until_ = 0;
    std::vector<Window> outages_;
    bool closed_ = false, away_ = false;
    double sick_factor_ = 1.0;
};
