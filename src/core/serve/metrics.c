#include "core/serve/metrics.h"

static const int64_t TIMES_US[METRIC_TIMES] = { 500,    1000,   2500,   5000,     10000,
                                                50000, 250000, 1000000, INT64_MAX };

void metrics_request(Metrics *m, int status, int64_t us)
{
    int hundreds = status / 100;
    metric_add(&m->requests[hundreds > 0 && hundreds < 6 ? hundreds : 0], 1);
    int i = 0;
    while (us > TIMES_US[i])
        i++;
    metric_add(&m->times[i], 1);
    metric_add(&m->time_us, us);
}

static int64_t get(const atomic_llong *m)
{
    return atomic_load_explicit(m, memory_order_relaxed);
}

static void put(Buf *b, const char *name, const char *type, const char *help, int64_t n)
{
    buf_fmt(b, "# HELP linli_%s %s\n# TYPE linli_%s %s\nlinli_%s %lld\n", name, help, name, type,
            name, (long long)n);
}

static void put_times(Buf *b, const Metrics *m)
{
    buf_c(b, "# HELP linli_request_seconds Time from the whole request to its reply.\n"
             "# TYPE linli_request_seconds histogram\n");
    int64_t sum = 0;
    for (int i = 0; i < METRIC_TIMES; i++) {
        sum += get(&m->times[i]);
        if (i + 1 < METRIC_TIMES)
            buf_fmt(b, "linli_request_seconds_bucket{le=\"%lld.%06lld\"} %lld\n",
                    (long long)(TIMES_US[i] / 1000000), (long long)(TIMES_US[i] % 1000000),
                    (long long)sum);
    }
    int64_t us = get(&m->time_us);
    buf_fmt(b, "linli_request_seconds_bucket{le=\"+Inf\"} %lld\n", (long long)sum);
    buf_fmt(b, "linli_request_seconds_sum %lld.%06lld\n", (long long)(us / 1000000),
            (long long)(us % 1000000));
    buf_fmt(b, "linli_request_seconds_count %lld\n", (long long)sum);
}

Str metrics_text(Arena *a, const Metrics *m, const MetricsNow *now)
{
    Buf b = buf_new(a, 4096);
    buf_c(&b, "# HELP linli_requests_total Requests answered, by class of status.\n"
              "# TYPE linli_requests_total counter\n");
    for (int i = 1; i < COUNT(m->requests); i++)
        buf_fmt(&b, "linli_requests_total{class=\"%dxx\"} %lld\n", i, (long long)get(&m->requests[i]));
    put_times(&b, m);
    put(&b, "commands_total", "counter", "Commands run.", get(&m->commands));
    put(&b, "commands_repeated_total", "counter", "Commands answered again, unchanged.",
        get(&m->repeated));
    put(&b, "commands_refused_total", "counter", "Commands refused.", get(&m->refused));
    put(&b, "batches_total", "counter", "Rounds of the writer that had commands.", get(&m->batches));
    put(&b, "events_total", "counter", "Events committed.", get(&m->events));
    put(&b, "calls_total", "counter", "Calls run.", get(&m->calls));
    put(&b, "queries_total", "counter", "Queries run.", get(&m->queries));
    put(&b, "clocks_total", "counter", "Clocks fired.", get(&m->clocks));
    put(&b, "queue_full_total", "counter", "Requests refused because a queue was full.",
        get(&m->queue_full));
    put(&b, "rate_limited_total", "counter", "Requests refused by a rate limit.",
        get(&m->rate_limited));
    put(&b, "http_refused_total", "counter", "Requests refused before they had a route.",
        now->http_refused);
    put(&b, "connections", "gauge", "Open connections.", now->connections);
    put(&b, "body_bytes", "gauge", "Bytes of bodies held.", now->bytes_in_flight);
    put(&b, "streams", "gauge", "Open live feeds.", now->streams);
    put(&b, "writer_queue", "gauge", "Jobs waiting for the writer.", now->writer_queue);
    put(&b, "reader_queue", "gauge", "Jobs waiting for a reader.", now->reader_queue);
    put(&b, "outbox_waiting", "gauge", "Messages that wait to be sent.", now->outbox_waiting);
    put(&b, "outbox_dead", "gauge", "Messages that could not be sent and wait for a decision.", now->outbox_dead);
    put(&b, "outbox_delivered_total", "counter", "Messages delivered.", now->outbox_delivered);
    put(&b, "outbox_failed_total", "counter", "Tries to deliver that failed.", now->outbox_failed);
    put(&b, "outbox_died_total", "counter", "Messages given up.", now->outbox_died);
    put(&b, "can_write", "gauge", "1 while writes are durable.", now->can_write);
    put(&b, "up_seconds", "gauge", "Since the start.", now->up_s);
    return buf_str(&b);
}
