package io.github.zklb.benchmarks.simulator;

import io.github.zklb.calls.Call;

/** A request on its way: it ends by an answer or by the time-out, whichever is first. */
final class Request implements Server.Reply {

    private final Call call;
    private final VirtualTime time;
    private final Tally tally;
    private final long sentAt;
    private boolean over;

    Request(Call call, VirtualTime time, Tally tally) {
        this.call = call;
        this.time = time;
        this.tally = tally;
        this.sentAt = time.nanos();
    }

    @Override
    public void arrive(boolean good) {
        if (over) {
            return;
        }
        over = true;
        if (good) {
            call.succeeded();
            tally.took(sentAt, time.nanos());
        } else {
            call.failed();
            tally.failed(sentAt);
        }
    }

    /** The client waits no longer; the server does not know. */
    void timeOut() {
        if (over) {
            return;
        }
        over = true;
        call.failed();
        tally.took(sentAt, time.nanos());
        tally.failed(sentAt);
    }
}
