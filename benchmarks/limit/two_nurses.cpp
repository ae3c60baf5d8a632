// The preset two_nurses by hand: a witness that shares no line with ccmsim's engines.
//
// Written from docs/model.md; numbers in brackets are its sections. One heap holds everything that
// is still to happen, coordinators are dispatched after the last event of an instant.
#include "agenda.hpp"
#include "practice.hpp"
#include "program.hpp"
#include "rules.hpp"
#include "worklist.hpp"

namespace {

class TwoNurses {
  public:
    TwoNurses(const Tables& tables, bool owned)
        : calendar_(tables), settings_(tables), duty_(tables, calendar_), owned_(owned),
          agenda_(calendar_) {
        require(settings_.push_days > 0, "a final push");
        patients_.reserve(4 * static_cast<std::size_t>(settings_.panel));
    }

    int months() const { return calendar_.months; }

    void run(const Keyed& keyed, MonthCounts* counts) {
        keyed_ = keyed;
        counts_ = counts;
        duty_.begin(keyed);
        forget_everything();
        agenda_.schedule(0, MONTH, 0, 0);
        while (handle(agenda_.next()))
            if (agenda_.instant_is_over()) dispatch();
    }

  private:
    // ------------------------------------------------------------------ events

    void forget_everything() {
        agenda_.clear();
        patients_.clear();
        enrolled_.clear();
        requests_.clear();
        for (int s = 0; s < SEATS; ++s) {
            coordinators_[s] = {};
            outreach_[s].clear();
            waiting_[s].clear();
            placed_[s] = 0;
            ranked_on_[s] = -1;
        }
        month_ = -1;
    }

    // Let an event happen; false at the end of the simulation.
    bool handle(const Event& event) {
        switch (event.what()) {
            case MONTH: return turn_month();
            case DUTY: turn_duty(duty_.intervals[event.about], event.order & 1); break;
            case EXPIRY: lose_patience(event.about); break;
            case COMPLETION: complete(event.about); break;
            case DEATH: leave(patients_[event.about], event.about); break;
            case RELEASE: release(event.released(), event.about); break;
        }
        return true;
    }

    const Duty::Day& duty_day() {
        return duty_.days[agenda_.business_day() - calendar_.first_day[month_]];
    }

    // ---------------------------------------------------------------- months [2, 5]

    bool turn_month() {
        int leavers = settings_.panel;
        if (month_ >= 0) leavers = end_month();
        if (++month_ == calendar_.months) return false;
        duty_.draw_month(keyed_, month_);
        for (std::size_t i = 0; i < duty_.intervals.size(); ++i) {
            const Interval& interval = duty_.intervals[i];
            const auto number = static_cast<std::uint64_t>(interval.seat) << 1;
            agenda_.schedule(interval.start, DUTY, number | 1, static_cast<int>(i));
            agenda_.schedule(interval.end, DUTY, number, static_cast<int>(i));
        }
        for (int i = 0; i < leavers; ++i) enroll();
        for (const int p : enrolled_) begin_patient_month(p);
        counts_[month_].patients = static_cast<int>(enrolled_.size());
        agenda_.schedule(calendar_.month_start[month_ + 1], MONTH, 0, 0);
        return true;
    }

    // Judge the month, let outreach expire and patients leave; return how many have left.
    int end_month() {
        std::size_t kept = 0;
        for (const int p : enrolled_) {
            Patient& patient = patients_[p];
            counts_[month_].billable += billable(keyed_, settings_, patient, p, month_);
            if (!patient.enrolled) continue;
            close_outreach(patient, p);
            patient.silent = patient.now.answered ? 0 : patient.silent + 1;
            if (opts_out(keyed_, settings_, patient, p, month_)) leave(patient, p);
            else enrolled_[kept++] = p;
        }
        const int leavers = static_cast<int>(enrolled_.size() - kept);
        enrolled_.resize(kept);
        return leavers;
    }

    void enroll() {
        const int p = static_cast<int>(patients_.size());
        require(p < MOST_PATIENTS, "fewer patients");
        const int owner = next_owner(settings_, placed_, p);
        ++placed_[owner];
        patients_.push_back(new_patient(keyed_, settings_, p, owner));
        if (month_ == 0) patients_.back().familiar[owner] = 0;
        enrolled_.push_back(p);
    }

    void leave(Patient& patient, int p) {
        patient.enrolled = false;
        close_outreach(patient, p);
        std::vector<int> dropped;
        for (const int r : waiting_[patient.owner].items())
            if (requests_[r].patient == p) dropped.push_back(r);
        for (const int r : dropped) close_request(r);
    }

    // ------------------------------------------------------------- a patient's month [2, 4]

    void begin_patient_month(int p) {
        const int first = calendar_.first_day[month_], last = calendar_.first_day[month_ + 1];
        Patient& patient = patients_[p];
        patient.now = {};
        const Ticks dies = death(keyed_, settings_, calendar_, p, month_);
        if (dies < calendar_.month_start[month_ + 1]) agenda_.schedule(dies, DEATH, p, p);
        if (first == last) return;
        const int n = last - first;
        note(patient, p, OUTREACH, CALL, first + outreach_day(keyed_, p, month_, n));
        const int push_day = std::max(first, last - settings_.push_days);
        agenda_.schedule(agenda_.opening(push_day), RELEASE, release_number(p, FINAL_PUSH, 0), p);
        schedule_requests(patient, p, first, n);
    }

    void note(Patient& patient, int p, Kind kind, Action action, int day) {
        patient.now.chain = Chain::NOTED;
        patient.now.kind = kind;
        patient.now.action = action;
        agenda_.schedule(agenda_.opening(day), RELEASE, release_number(p, kind, 0), p);
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
        const Request request =
            draw_request(keyed_, settings_, calendar_, p, kind, month_, index, first, n);
        const int place = requests_.add(request);
        agenda_.schedule(request.release, RELEASE, release_number(p, kind, index), place);
    }

    // ---------------------------------------------------------------- releases [4]

    void release(Kind kind, int about) {
        if (kind >= INBOUND) receive(about);
        else if (kind == FINAL_PUSH) push(patients_[about], about);
        else release_noted(patients_[about], about);
    }

    void release_noted(Patient& patient, int p) {
        if (!patient.enrolled) return;
        PatientMonth& now = patient.now;
        now.chain = Chain::NONE;
        if (now.kind != OUTREACH) now.action = released_action(settings_, now, known(now));
        if (now.action == NOTHING) return;
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
        patient.now.release = agenda_.business_day();
        outreach_[patient.owner].add(rank(p), p);
        ++counts_[month_].events;
    }

    void receive(int r) {
        Request& request = requests_[r];
        Patient& patient = patients_[request.patient];
        if (!patient.enrolled || request.outside) {
            if (patient.enrolled) do_outside(patient, request);
            requests_.free(r);
            return;
        }
        request.open = true;
        const auto key = static_cast<std::uint64_t>(request.release) << CLASS_AT |
                         release_number(request.patient, request.kind, request.index);
        waiting_[patient.owner].add(key, r);
        agenda_.schedule(agenda_.now() + settings_.patience, EXPIRY, request.patient, r);
        ++counts_[month_].events;
    }

    void lose_patience(int r) {
        if (requests_[r].open) {
            close_request(r);
            do_outside(patients_[requests_[r].patient], requests_[r]);
        }
        requests_.free(r);
    }

    // Take an item off the worklist unserved.
    void close_outreach(Patient& patient, int p) {
        if (patient.now.chain != Chain::OPEN) return;
        patient.now.chain = Chain::NONE;
        outreach_[patient.owner].remove(p);
        ++counts_[month_].events;
    }

    void close_request(int r) {
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
        return now.excess_day == agenda_.today() ? now.known + now.excess : now.known;
    }

    std::uint64_t rank(int p) const {
        const PatientMonth& now = patients_[p].now;
        return outreach_rank(settings_, known(now), now.release, p);
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
        if (ranked_on_[seat] != agenda_.today()) {  // since midnight, forgotten work is unknown
            ranked_on_[seat] = agenda_.today();
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
        agenda_.schedule(agenda_.now() + ticks + settings_.logging, COMPLETION, c, c);
    }

    Ticks captured(double u, Ticks countable) {
        return captured_ticks(settings_, duty_day().outage, u, countable);
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
            ticks = duration(settings_.call(minutes.first));
            ticks += duration(settings_.notes(minutes.second));
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
        const bool morning = agenda_.now() % TICKS_PER_DAY < TICKS_PER_DAY / 2;
        const bool familiar = patient.familiar[c] == coordinators_[c].holder;
        return chance_of_answer(settings_, patient, morning, familiar);
    }

    void start_chart(int c, int p) {
        Coordinator& who = coordinators_[c];
        PatientMonth& now = patients_[p].now;
        const Ticks missing = settings_.target - known(now), room = settings_.chart_cap - now.charted;
        const Ticks ticks = std::max<Ticks>(1, std::min(missing, room));
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
        if (now.excess_day != agenda_.today()) {
            now.excess_day = agenda_.today();
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
        const int day = agenda_.business_day() + gap;
        if (day < calendar_.first_day[month_ + 1]) note(patient, who.patient, kind, action, day);
    }

    void turn_duty(const Interval& interval, bool begins) {
        Coordinator& who = coordinators_[interval.seat];
        who.on_duty = begins;
        if (begins) who.holder = interval.holder;
        ++counts_[month_].events;
    }

    Calendar calendar_;
    Settings settings_;
    Duty duty_;
    bool owned_;
    Agenda agenda_;
    Keyed keyed_{0, 0};
    MonthCounts* counts_ = nullptr;
    std::vector<Patient> patients_;  // by number, leavers too
    std::vector<int> enrolled_;      // numbers of those enrolled at the month's start
    Requests requests_;
    Coordinator coordinators_[SEATS];
    Worklist outreach_[SEATS], waiting_[SEATS];  // by the seat that owns the patient
    int placed_[SEATS] = {};                     // patients given to each seat so far
    int ranked_on_[SEATS] = {};                  // the day of the outreach ranks
    int month_ = -1;
};

}  // namespace

int main(int argc, char** argv) {
    const Options options = read_options(argc, argv);
    const Tables tables(options.tables);
    TwoNurses program(tables, options.owned);
    run_and_report(options, program.months(),
                   [&](const Keyed& keyed, MonthCounts* counts) { program.run(keyed, counts); });
}
