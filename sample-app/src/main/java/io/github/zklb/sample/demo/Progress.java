package io.github.zklb.sample.demo;

import java.io.PrintStream;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** Tells on the terminal what happens, one short line each, with the seconds since the start. Thread-safe. */
final class Progress {

    private final PrintStream out;
    private final long start = System.nanoTime();
    private volatile boolean muted;

    Progress(PrintStream out) {
        this.out = out;
    }

    void say(String format, Object... arguments) {
        double seconds = (System.nanoTime() - start) / (double) TimeUnit.SECONDS.toNanos(1);
        show(String.format(Locale.ROOT, "%5.1f s  %s", seconds, String.format(Locale.ROOT, format, arguments)));
    }

    /** Prints a text as it is. */
    void show(String text) {
        if (!muted) {
            out.println(text);
        }
    }

    /** Prints nothing from now on. */
    void mute() {
        muted = true;
    }
}
