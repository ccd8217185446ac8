package io.github.zklb.benchmarks.simulator;

/** A request on its way: it ends by an answer, by a refusal or by the time-out, whichever is first. */
final class Request implements Server.Reply {

    private final Client.Sent sent;
    private final VirtualTime time;
    private final Tally tally;
    private final Runnable then;
    private final long sentAt;
    private boolean over;

    /**
     * @param then runs when it has ended
     */
    Request(Client.Sent sent, VirtualTime time, Tally tally, Runnable then) {
        this.sent = sent;
        this.time = time;
        this.tally = tally;
        this.then = then;
        this.sentAt = time.nanos();
    }

    @Override
    public void arrive(boolean good, Client.Load load) {
        end(() -> {
            sent.reported(load);
            sent.answered(good);
            if (good) {
                tally.took(sentAt, time.nanos());
            } else {
                tally.failed(sentAt);
            }
        });
    }

    @Override
    public void refuse() {
        end(() -> {
            sent.refused();
            tally.failed(sentAt);
        });
    }

    /** The client waits no longer; the server does not know. */
    void timeOut() {
        end(() -> {
            sent.gaveUp();
            tally.took(sentAt, time.nanos());
            tally.failed(sentAt);
        });
    }

    private void end(Runnable how) {
        if (!over) {
            over = true;
            how.run();
            then.run();
        }
    }
}
