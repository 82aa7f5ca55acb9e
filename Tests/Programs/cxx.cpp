// C++: exceptions through frames, destructors, containers, streams, RTTI, threads, thread-local objects.
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <functional>
#include <map>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <unordered_map>
#include <variant>
#include <vector>

static int alive;
struct Guard {
    int id;
    explicit Guard(int n) : id(n) { alive++; }
    ~Guard() { alive--; }
};

struct Shape { virtual ~Shape() = default; virtual double area() const = 0; };
struct Square : Shape { double side; explicit Square(double s) : side(s) {} double area() const override { return side * side; } };
struct Circle : Shape { double radius; explicit Circle(double r) : radius(r) {} double area() const override { return 3 * radius * radius; } };

[[gnu::noinline]] static void deep(int n) {
    Guard guard(n);
    if (n == 0) throw std::out_of_range("bottom");
    deep(n - 1);
}

int main() {
    int caught = 0;
    for (int i = 0; i < 200; i++) {
        try {
            deep(i % 20);
        } catch (const std::logic_error &error) {
            caught += error.what() == std::string("bottom");
        }
    }
    std::printf("caught %d alive %d\n", caught, alive);
    try {
        try {
            throw 42;
        } catch (int n) {
            Guard guard(n);
            throw std::runtime_error("again " + std::to_string(n));
        }
    } catch (const std::exception &error) {
        std::printf("%s alive %d\n", error.what(), alive);
    }
    std::vector<std::unique_ptr<Shape>> shapes;
    for (int i = 0; i < 10; i++) {
        if (i % 2) shapes.push_back(std::make_unique<Square>(i)); else shapes.push_back(std::make_unique<Circle>(i));
    }
    double total = 0;
    int squares = 0;
    for (auto &shape : shapes) total += shape->area(), squares += dynamic_cast<Square *>(shape.get()) != nullptr;
    std::printf("area %g squares %d\n", total, squares);
    std::map<std::string, int> words;
    std::unordered_map<int, std::string> names;
    std::istringstream in("the quick brown fox jumps over the lazy dog and the cat");
    for (std::string word; in >> word;) words[word]++, names[(int)words.size()] = word;
    std::ostringstream out;
    for (auto &[word, count] : words) out << word << '=' << count << ' ';
    std::printf("%s %zu\n", out.str().c_str(), names.size());
    std::vector<int> numbers(500);
    unsigned state = 1;
    for (int &n : numbers) n = (int)((state = state * 1103515245 + 12345) >> 16 & 1023);
    std::sort(numbers.begin(), numbers.end(), std::greater<>());
    std::printf("%d %d %d\n", numbers[0], numbers[250], numbers[499]);
    std::variant<int, std::string> variant = "text";
    try {
        (void)std::get<int>(variant);
    } catch (const std::bad_variant_access &) {
        std::puts("bad variant");
    }
    std::atomic<int> sum = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; i++)
        threads.emplace_back([&sum, i] {
            thread_local Guard guard(i);
            try {
                deep(i + 3);
            } catch (...) {
                sum += guard.id;
            }
        });
    for (auto &thread : threads) thread.join();
    std::printf("threads %d\n", sum.load());
    try {
        (void)std::vector<int>().at(3);
    } catch (const std::out_of_range &) {
        std::puts("out of range");
    }
    return 6;
}
