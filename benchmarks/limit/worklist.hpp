// One seat's open items of one class: the least key is served first.
//
// Few items are open at once, and keys of outreach-type items change with what is known, so a plain
// search over keys that lie side by side is both the simplest and a fast way.
#pragma once

#include <cstdint>
#include <vector>

class Worklist {
  public:
    void clear() {
        keys_.clear();
        items_.clear();
    }
    bool empty() const { return keys_.empty(); }
    const std::vector<int>& items() const { return items_; }

    void add(std::uint64_t key, int item) {
        keys_.push_back(key);
        items_.push_back(item);
    }

    int take_least() {
        std::size_t best = 0;
        for (std::size_t i = 1; i < keys_.size(); ++i)
            if (keys_[i] < keys_[best]) best = i;
        return take(best);
    }

    void remove(int item) { take(place(item)); }
    void change_key(int item, std::uint64_t key) { keys_[place(item)] = key; }

    template <class KeyOf>
    void change_all_keys(KeyOf&& key_of) {
        for (std::size_t i = 0; i < keys_.size(); ++i) keys_[i] = key_of(items_[i]);
    }

  private:
    std::size_t place(int item) const {
        std::size_t i = 0;
        while (items_[i] != item) ++i;
        return i;
    }

    int take(std::size_t i) {
        const int item = items_[i];
        keys_[i] = keys_.back();
        items_[i] = items_.back();
        keys_.pop_back();
        items_.pop_back();
        return item;
    }

    std::vector<std::uint64_t> keys_;
    std::vector<int> items_;
};
