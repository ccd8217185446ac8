package io.github.zklb.testing;

import java.lang.management.ManagementFactory;
import java.lang.management.OperatingSystemMXBean;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

/**
 * How long every test of a process waits for something that is to come, unless it says otherwise, and how often it looks. A
 * busy machine takes its time; a test that is green has looked at once, and waits no longer than it must.
 */
public final class Patience implements LauncherSessionListener {

    @Override
    public void launcherSessionOpened(LauncherSession session) {
        Awaitility.setDefaultTimeout(Duration.ofMinutes(1));
        Awaitility.setDefaultPollDelay(Duration.ZERO);
        Awaitility.setDefaultPollInterval(Duration.ofMillis(20));
    }

    /** A time that is promised to users, and so to a machine with little else to do: longer on one that is busy. */
    public static Duration promised(Duration time) {
        OperatingSystemMXBean machine = ManagementFactory.getOperatingSystemMXBean();
        double busy = Math.max(0, machine.getSystemLoadAverage() / machine.getAvailableProcessors());
        return time.plusMillis((long) (time.toMillis() * busy));
    }
}
