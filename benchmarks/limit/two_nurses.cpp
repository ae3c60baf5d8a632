// The preset two_nurses by hand: a witness that shares no line with ccmsim's engines.
//
// Written from docs/model.md; numbers in brackets are its sections. One heap holds everything that
// is still to happen, coordinators are dispatched after the last event of an instant.
#include <limits>

#include "heap.hpp"
#include "practice.hpp"
#include "program.hpp"
#include "worklist.hpp"

namespace {

class TwoNurses {
  public:
    TwoNurses(const Tables& tables, bool owned)
        : calendar_(tables), settings_(tables), duty_(tables, calendar_), owned_(owned),
          events_(4096) {
        require(settings_.push_days > 0, "a final push");
        requests_.reserve(4096);
        patients_.reserve(4 * static_cast<std::size_t>(settings_.panel));
    }

    int months() const { return calendar_.months; }

    void run(const Keyed& keyed, MonthCounts* counts) {
        keyed_ = keyed;
        counts_ = counts;
        duty_.begin(keyed);
        forget_everything();
        schedule(0, MONTH, 0, 0);
        while (true) {
            const Event event = events_.top();
            events_.pop();
            now_ = static_cast<Ticks>(event.order >> TIME_AT);
            if (!handle(event)) return;
            const bool last = static_cast<Ticks>(events_.top().order >> TIME_AT) > now_;
            if (last) dispatch();
        }
    }

  private:
    // ------------------------------------------------------------------ events

    void forget_everything() {
        events_.clear();
        patients_.clear();
        enrolled_.clear();
        requests_.clear();
        free_requests_.clear();
        for (int s = 0; s < SEATS; ++s) {
            coordinators_[s] = {};
            outreach_[s].clear();
            waiting_[s].clear();
            placed_[s] = 0;
            ranked_on_[s] = -1;
        }
        month_ = -1;
        business_day_ = -1;
    }

    void schedule(Ticks time, Class what, std::uint64_t number, int about) {
        const auto order = static_cast<std::uint64_t>(time) << TIME_AT | what << CLASS_AT | number;
        events_.push({order, static_cast<std::uint32_t>(about)});
    }

    // Let an event happen; false at the end of the simulation.
    bool handle(const Event& event) {
        const int about = static_cast<int>(event.about);
        switch (static_cast<Class>(event.order >> CLASS_AT & 7)) {
            case MONTH: return turn_month();
            case DUTY: turn_duty(about, event.order & 1); break;
            case EXPIRY: lose_patience(about); break;
            case COMPLETION: complete(about); break;
            case DEATH: leave(patients_[about], about); break;
            case RELEASE: release(event.order, about); break;
        }
        return true;
    }

    int today() const { return static_cast<int>(now_ / TICKS_PER_DAY); }

    // The latest business day that has begun, −1 before the first.
    int business_day() {
        while (business_day_ + 1 < calendar_.days() && calendar_.midnight[business_day_ + 1] <= now_)
            ++business_day_;
        return business_day_;
    }

    const Duty::Day& duty_day() { return duty_.days[business_day() - calendar_.first_day[month_]]; }

    Ticks opening(int day) const { return calendar_.midnight[day] + calendar_.opens; }

    // ---------------------------------------------------------------- months [2, 5]

    bool turn_month() {
        int leavers = settings_.panel;
        if (month_ >= 0) leavers = end_month();
        if (++month_ == calendar_.months) return false;
        duty_.draw_month(keyed_, month_);
        for (std::size_t i = 0; i < duty_.intervals.size(); ++i) {
            const Interval& interval = duty_.intervals[i];
            const auto number = static_cast<std::uint64_t>(interval.seat) << 1;
            schedule(interval.start, DUTY, number | 1, static_cast<int>(i));
            schedule(interval.end, DUTY, number, static_cast<int>(i));
        }
        for (int i = 0; i < leavers; ++i) enroll();
        for (const int p : enrolled_) begin_patient_month(p);
        counts_[month_].patients = static_cast<int>(enrolled_.size());
        schedule(calendar_.month_start[month_ + 1], MONTH, 0, 0);
        return true;
    }

    // Judge the month, let outreach expire and patients leave; return how many have left.
    int end_month() {
        std::size_t kept = 0;
        for (const int p : enrolled_) {
            Patient& patient = patients_[p];
            counts_[month_].billable += billable(patient, p);
            if (!patient.enrolled) continue;
            if (patient.now.chain == Chain::OPEN) {
                outreach_[patient.owner].remove(p);
                patient.now.chain = Chain::NONE;
                ++counts_[month_].events;
            }
            patient.silent = patient.now.answered ? 0 : patient.silent + 1;
            double chance = settings_.opt_out;
            if (patient.silent >= settings_.silent_months)
                chance = std::min(1.0, chance * settings_.silent_ratio);
            if (keyed_(LEAVING, p, month_, 0).second < chance) leave(patient, p);
            else enrolled_[kept++] = p;
        }
        const int leavers = static_cast<int>(enrolled_.size() - kept);
        enrolled_.resize(kept);
        return leavers;
    }

    // Section 6; a lasting fault lives on from month to month, whatever the month's claim is.
    bool billable(Patient& patient, int p) {
        const double prevalence = settings_.prevalence;
        const Pair u = keyed_(DOCUMENTATION, p, month_, 0);
        if (!patient.fault_known) {
            patient.fault = keyed_(PATIENT_MONEY, p, NO_MONTH, 0).second < prevalence;
            patient.fault_known = true;
        } else if (patient.fault) {
            patient.fault = u.second >= settings_.mended;
        } else {
            const double onset = settings_.mended * prevalence / (1.0 - prevalence);
            patient.fault = u.second < std::min(1.0, onset);
        }
        if (patient.now.captured < settings_.threshold) return false;
        const bool documented = u.first >= prevalence && !patient.fault;
        return documented && keyed_(OUTREACH_RELEASE, p, month_, 0).second >= settings_.not_claimable;
    }

    // A new patient belongs to the seat that is furthest below its share of protected hours.
    void enroll() {
        const int p = static_cast<int>(patients_.size());
        require(p < MOST_PATIENTS, "fewer patients");
        double total = 0.0, most = -std::numeric_limits<double>::infinity();
        for (const double minutes : settings_.protected_minutes) total += minutes;
        int owner = 0;
        for (int s = 0; s < SEATS; ++s) {
            const double short_of = settings_.protected_minutes[s] * (p + 1) - placed_[s] * total;
            if (short_of > most) {
                most = short_of;
                owner = s;
            }
        }
        ++placed_[owner];
        const Pair u = keyed_(PATIENT_NEED, p, NO_MONTH, 0);
        Patient patient{settings_.need(u.first), settings_.answer(u.second), owner, {-1, -1},
                        true, false, false, 0, {}};
        if (month_ == 0) patient.familiar[owner] = 0;
        patients_.push_back(patient);
        enrolled_.push_back(p);
    }

    void leave(Patient& patient, int p) {
        patient.enrolled = false;
        if (patient.now.chain == Chain::OPEN) {
            outreach_[patient.owner].remove(p);
            patient.now.chain = Chain::NONE;
            ++counts_[month_].events;
        }
        std::vector<int> dropped;
        for (const int r : waiting_[patient.owner].items())
            if (requests_[r].patient == p) dropped.push_back(r);
        for (const int r : dropped) close(r);
    }

    // ------------------------------------------------------------- a patient's month [2, 4]

    void begin_patient_month(int p) {
        const int first = calendar_.first_day[month_], last = calendar_.first_day[month_ + 1];
        Patient& patient = patients_[p];
        patient.now = {};
        const Ticks start = calendar_.month_start[month_], end = calendar_.month_start[month_ + 1];
        if (keyed_(LEAVING, p, month_, 0).first < settings_.death) {
            const double v = keyed_(DEATH_INSTANT, p, month_, 0).first;
            const Ticks after = to_ticks(static_cast<double>(end - start) / 1024.0 * v);
            schedule(start + std::min(after, end - start - 1), DEATH, p, p);
        }
        if (first == last) return;
        const int n = last - first;
        const double x = keyed_(OUTREACH_RELEASE, p, month_, 0).first;
        note(patient, p, OUTREACH, CALL, first + std::min(static_cast<int>(n * (x * x)), n - 1));
        const int push_day = std::max(first, last - settings_.push_days);
        schedule(opening(push_day), RELEASE, release_number(p, FINAL_PUSH, 0), p);
        schedule_requests(patient, p, first, n);
    }

    void note(Patient& patient, int p, Kind kind, Action action, int day) {
        patient.now.chain = Chain::NOTED;
        patient.now.kind = kind;
        patient.now.action = action;
        schedule(opening(day), RELEASE, release_number(p, kind, 0), p);
    }

    void schedule_requests(const Patient& patient, int p, int first, int n) {
        const Pair u = keyed_(REQUEST_COUNT, p, month_, 0);
        const int inbound = poisson(settings_.inbound_mean * patient.need, u.first);
        const int care = poisson(settings_.care_mean * patient.need, u.second);
        require(inbound < MOST_REQUESTS && care < MOST_REQUESTS, "fewer requests a month");
        for (int i = 0; i < inbound; ++i) schedule_request(p, INBOUND, i, first, n);
        for (int i = 0; i < care; ++i) schedule_request(p, CARE_TASK, i, first, n);
    }

    void schedule_request(int p, Kind kind, int index, int first, int n) {
        const bool inbound = kind == INBOUND;
        const Pair u = keyed_(inbound ? INBOUND_RELEASE : CARE_RELEASE, p, month_, index);
        const Pair work = keyed_(inbound ? INBOUND_WORK : CARE_WORK, p, month_, index);
        const Pair outside = keyed_(inbound ? INBOUND_OUTSIDE : CARE_OUTSIDE, p, month_, index);
        const int day = first + std::min(static_cast<int>(n * u.first), n - 1);
        const Ticks release = opening(day) + calendar_.clinic_minute(u.second);
        const Law& law = inbound ? settings_.inbound : settings_.care;
        const Request request{p, kind, outside.first < settings_.outside,
                              outside.second < settings_.outside_logged, false, month_, index,
                              release, duration(law(work.first))};
        int place = static_cast<int>(requests_.size());
        if (free_requests_.empty()) {
            requests_.push_back(request);
        } else {
            place = free_requests_.back();
            free_requests_.pop_back();
            requests_[place] = request;
        }
        schedule(release, RELEASE, release_number(p, kind, index), place);
    }

    // ---------------------------------------------------------------- releases [4]

    void release(std::uint64_t order, int about) {
        const Kind kind = static_cast<Kind>(order >> KIND_AT & 7);
        if (kind >= INBOUND) receive(about);
        else if (kind == FINAL_PUSH) push(patients_[about], about);
        else release_noted(patients_[about], about);
    }

    void release_noted(Patient& patient, int p) {
        if (!patient.enrolled) return;
        PatientMonth& now = patient.now;
        now.chain = Chain::NONE;
        if (now.kind != OUTREACH) {
            if (known(now) >= settings_.target) return;
            if (now.action == CALL && now.calls >= settings_.max_attempts) {
                if (now.kind != FOLLOW_UP) return;
                now.action = CHART;
            }
            if (now.action == CHART && now.charted >= settings_.chart_cap) return;
        }
        open_outreach(patient, p);
    }

    void push(Patient& patient, int p) {
        PatientMonth& now = patient.now;
        if (!patient.enrolled || now.chain != Chain::NONE || known(now) >= settings_.target) return;
        now.kind = FINAL_PUSH;
        now.action = now.contacted && now.charted < settings_.chart_cap ? CHART : CALL;
        open_outreach(patient, p);
    }

    void open_outreach(Patient& patient, int p) {
        patient.now.chain = Chain::OPEN;
        patient.now.release = business_day();
        outreach_[patient.owner].add(rank(p), p);
        ++counts_[month_].events;
    }

    void receive(int r) {
        Request& request = requests_[r];
        Patient& patient = patients_[request.patient];
        if (!patient.enrolled || request.outside) {
            if (patient.enrolled) do_outside(patient, request);
            free_requests_.push_back(r);
            return;
        }
        request.open = true;
        const auto key = static_cast<std::uint64_t>(request.release) << CLASS_AT |
                         release_number(request.patient, request.kind, request.index);
        waiting_[patient.owner].add(key, r);
        schedule(now_ + settings_.patience, EXPIRY, request.patient, r);
        ++counts_[month_].events;
    }

    void lose_patience(int r) {
        if (requests_[r].open) {
            close(r);
            do_outside(patients_[requests_[r].patient], requests_[r]);
        }
        free_requests_.push_back(r);
    }

    // Take a request off the worklist unserved.
    void close(int r) {
        requests_[r].open = false;
        waiting_[patients_[requests_[r].patient].owner].remove(r);
        ++counts_[month_].events;
    }

    // Work by others is completed at once; own work in so far as it was logged.
    void do_outside(Patient& patient, const Request& request) {
        if (!request.logged) return;
        patient.now.captured += request.ticks;
        patient.now.known += request.ticks;
        rank_again(patient, request.patient);
    }

    // ------------------------------------------------------- knowledge and dispatch [4, 5]

    // End of day: captured minutes of earlier days, and today's own work.
    Ticks known(const PatientMonth& now) const {
        return now.excess_day == today() ? now.known + now.excess : now.known;
    }

    // Closest to the threshold first, those at the target last; then by release and patient.
    std::uint64_t rank(int p) const {
        constexpr std::uint64_t LAST = (1u << 31) - 1;
        const PatientMonth& now = patients_[p].now;
        const Ticks missing = settings_.target - known(now);
        const std::uint64_t first = missing > 0 ? static_cast<std::uint64_t>(missing) : LAST;
        return first << 32 | static_cast<std::uint64_t>(now.release) << 15 |
               static_cast<std::uint64_t>(p);
    }

    void rank_again(const Patient& patient, int p) {
        if (patient.enrolled && patient.now.chain == Chain::OPEN)
            outreach_[patient.owner].change_key(p, rank(p));
    }

    void dispatch() {
        for (int c = 0; c < SEATS; ++c) {
            if (!coordinators_[c].on_duty || coordinators_[c].busy) continue;
            const int seat = seat_to_serve(c);
            if (seat >= 0) start_best(c, seat);
        }
    }

    bool has_items(int seat) const { return !waiting_[seat].empty() || !outreach_[seat].empty(); }

    int seat_to_serve(int c) {
        if (has_items(c)) return c;
        const int other = 1 - c;
        if (owned_ || !has_items(other) || !duty_day().others_may_help[other]) return -1;
        return other;
    }

    void start_best(int c, int seat) {
        if (!waiting_[seat].empty()) {
            start_request(c, waiting_[seat].take_least());
            return;
        }
        if (ranked_on_[seat] != today()) {  // at midnight, what was forgotten is forgotten
            ranked_on_[seat] = today();
            outreach_[seat].change_all_keys([this](int p) { return rank(p); });
        }
        const int p = outreach_[seat].take_least();
        PatientMonth& now = patients_[p].now;
        now.chain = Chain::IN_SERVICE;
        if (now.action == CALL) start_call(c, p);
        else start_chart(c, p);
    }

    // --------------------------------------------------------------- services [4, 5, 6]

    void begin_service(int c, int p, Kind kind, Action action, Ticks ticks) {
        Coordinator& who = coordinators_[c];
        who.busy = true;
        who.patient = p;
        who.month = month_;
        who.kind = kind;
        who.action = action;
        patients_[p].now.captured += who.captured;
        ++counts_[month_].events;
        schedule(now_ + ticks + settings_.logging, COMPLETION, c, c);
    }

    Ticks captured(double u, Ticks countable) {
        const Losses& losses = duty_day().outage ? settings_.end_of_month : settings_.end_of_day;
        if (u < losses.entry) return 0;
        return to_ticks(static_cast<double>(countable) / 1024.0 * (1.0 - losses.minute));
    }

    void start_call(int c, int p) {
        Coordinator& who = coordinators_[c];
        Patient& patient = patients_[p];
        PatientMonth& now = patient.now;
        const int number = now.attempts++;
        now.calls += now.kind != FINAL_PUSH;
        const Pair u = keyed_(CALL_ANSWER, p, month_, number);
        const Pair minutes = keyed_(CALL_MINUTES, p, month_, number);
        who.answered = u.first < answer_probability(c, patient);
        Ticks ticks;
        if (who.answered) {
            ticks = duration(settings_.call(minutes.first)) + duration(settings_.notes(minutes.second));
            who.own = ticks;
            who.captured = captured(u.second, ticks);
            now.answered = true;
        } else {
            ticks = duration(settings_.attempt(minutes.first));
            who.own = who.captured = 0;
        }
        ++counts_[month_].attempts;
        begin_service(c, p, now.kind, CALL, ticks);
    }

    double answer_probability(int c, const Patient& patient) const {
        const bool morning = now_ % TICKS_PER_DAY < TICKS_PER_DAY / 2;
        const bool familiar = patient.familiar[c] == coordinators_[c].holder;
        const double p = patient.answer * (morning ? settings_.morning : settings_.afternoon) *
                         (familiar ? 1.0 : settings_.unfamiliar) *
                         (patient.now.kind == FOLLOW_UP ? settings_.scheduled : 1.0);
        return std::min(1.0, std::max(0.0, p));
    }

    void start_chart(int c, int p) {
        Coordinator& who = coordinators_[c];
        PatientMonth& now = patients_[p].now;
        const Ticks missing = settings_.target - known(now);
        const Ticks ticks = std::max<Ticks>(1, std::min(missing, settings_.chart_cap - now.charted));
        who.own = ticks;
        who.captured = captured(keyed_(CHART_WORK, p, month_, now.charts++).first, ticks);
        who.answered = false;
        now.charted += ticks;
        begin_service(c, p, now.kind, CHART, ticks);
    }

    void start_request(int c, int r) {
        Coordinator& who = coordinators_[c];
        Request& request = requests_[r];
        request.open = false;
        const bool inbound = request.kind == INBOUND;
        const double u = keyed_(inbound ? INBOUND_WORK : CARE_WORK, request.patient, request.month,
                                request.index).second;
        who.own = request.ticks;
        who.captured = captured(u, request.ticks);
        who.answered = inbound;
        begin_service(c, request.patient, request.kind, NOTHING, request.ticks);
    }

    // Knowledge changes at the end: what is known, who has spoken with whom, and what follows.
    void complete(int c) {
        Coordinator& who = coordinators_[c];
        who.busy = false;
        ++counts_[month_].events;
        Patient& patient = patients_[who.patient];
        if (who.answered) patient.familiar[c] = who.holder;
        if (who.month != month_) return;
        PatientMonth& now = patient.now;
        if (now.excess_day != today()) {
            now.excess_day = today();
            now.excess = 0;
        }
        now.known += who.captured;
        now.excess += who.own - who.captured;
        now.contacted = now.contacted || who.answered || who.action == CHART;
        if (who.action != NOTHING) note_next(who, patient);
        rank_again(patient, who.patient);
    }

    void note_next(const Coordinator& who, Patient& patient) {
        PatientMonth& now = patient.now;
        now.chain = Chain::NONE;
        Kind kind = FOLLOW_UP;
        Action action = CALL;
        if (who.action == CALL && !who.answered) {
            if (who.kind == FOLLOW_UP) action = CHART;
            else if (now.calls < settings_.max_attempts) kind = RETRY;
            else return;
        }
        const int gap = kind == RETRY ? settings_.retry_gap : settings_.followup_gap;
        const int day = business_day() + gap;
        if (day < calendar_.first_day[month_ + 1]) note(patient, who.patient, kind, action, day);
    }

    void turn_duty(int i, bool begins) {
        const Interval& interval = duty_.intervals[i];
        Coordinator& who = coordinators_[interval.seat];
        who.on_duty = begins;
        if (begins) who.holder = interval.holder;
        ++counts_[month_].events;
    }

    Calendar calendar_;
    Settings settings_;
    Duty duty_;
    bool owned_;
    Heap<Event> events_;
    Keyed keyed_{0, 0};
    MonthCounts* counts_ = nullptr;
    std::vector<Patient> patients_;  // by number, leavers too
    std::vector<int> enrolled_;      // numbers of those enrolled at the month's start
    std::vector<Request> requests_;
    std::vector<int> free_requests_;  // places that may be used again
    Coordinator coordinators_[SEATS];
    Worklist outreach_[SEATS], waiting_[SEATS];  // by the seat that owns the patient
    int placed_[SEATS] = {};                     // patients given to each seat so far
    int ranked_on_[SEATS] = {};                  // the day of the outreach ranks
    int month_ = -1, business_day_ = -1;
    Ticks now_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
    const Options options = read_options(argc, argv);
    const Tables tables(options.tables);
    TwoNurses program(tables, options.owned);
    run_and_report(options, program.months(),
                   [&](const Keyed& keyed, MonthCounts* counts) { program.run(keyed, counts); });
}
