// Named lists of numbers from the file that witness.py writes: calendar, laws, shifts, settings.
//
// Comes in: a file of records (length of a name, the name, how many numbers, the numbers in
// float64). Goes out: lists by name. Used before the clock starts, never in a replication.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "keyed.hpp"

[[noreturn]] inline void refuse(const std::string& why) {
    std::fprintf(stderr, "%s\n", why.c_str());
    std::exit(2);
}

inline void require(bool holds, const std::string& rule) {
    if (!holds) refuse("this program needs " + rule);
}

class Tables {
  public:
    explicit Tables(const std::string& path) {
        std::ifstream file(path, std::ios::binary);
        if (!file) refuse("cannot read " + path);
        std::uint64_t sizes[2];
        while (file.read(reinterpret_cast<char*>(sizes), sizeof sizes)) {
            std::string name(sizes[0], ' ');
            std::vector<double> numbers(sizes[1]);
            file.read(name.data(), static_cast<std::streamsize>(sizes[0]));
            file.read(reinterpret_cast<char*>(numbers.data()),
                      static_cast<std::streamsize>(sizes[1] * sizeof(double)));
            if (!file) refuse(path + " ends too early");
            lists_[name] = std::move(numbers);
        }
    }

    const std::vector<double>& list(const std::string& name) const {
        const auto found = lists_.find(name);
        if (found == lists_.end()) refuse("the tables lack " + name);
        return found->second;
    }

    double number(const std::string& name) const { return list(name).at(0); }

    int whole(const std::string& name) const { return static_cast<int>(number(name)); }

    std::vector<int> wholes(const std::string& name) const {
        const auto& numbers = list(name);
        return {numbers.begin(), numbers.end()};
    }

    // Minutes that lie on the grid, as ticks.
    Ticks ticks(const std::string& name) const { return on_grid(name, number(name)); }

    std::vector<Ticks> all_ticks(const std::string& name) const {
        std::vector<Ticks> ticks;
        for (const double minutes : list(name)) ticks.push_back(on_grid(name, minutes));
        return ticks;
    }

    // A law by its row; it points into these tables, which must outlive it.
    Law law(int row) const {
        const double* fields = list("laws").data() + 8 * row;
        Law law{static_cast<int>(fields[0]), fields[1], fields[2], nullptr};
        if (law.kind == TABLE) law.table = list("tables").data() + static_cast<int>(law.a);
        const bool known = law.kind == CONSTANT || law.kind == LOGNORMAL || law.kind == GEOMETRIC ||
                           law.kind == UNIFORM_INTEGERS || law.kind == TABLE;
        require(known, "laws that are constant, lognormal, geometric, integers or tables");
        return law;
    }

    Law law(const std::string& name) const { return law(whole("row." + name)); }

  private:
    static Ticks on_grid(const std::string& name, double minutes) {
        require(minutes * 1024.0 == std::floor(minutes * 1024.0), name + " on the grid of ticks");
        return to_ticks(minutes);
    }

    std::map<std::string, std::vector<double>> lists_;
};
