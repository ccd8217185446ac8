package io.github.zklb.springcloud;

import io.github.zklb.Endpoint;
import io.github.zklb.calls.CallHistory;
import io.github.zklb.calls.CallLoad;
import io.github.zklb.calls.CallLoads;
import io.github.zklb.engine.ServiceEngines;
import org.springframework.beans.factory.BeanFactory;

/** What an application has counted of its calls to one service, for tests of other packages. */
public final class AccountedCalls {

    private final CallLoads loads;

    private AccountedCalls(CallLoads loads) {
        this.loads = loads;
    }

    /** Those to a service. */
    public static AccountedCalls of(BeanFactory application, String serviceId) {
        return new AccountedCalls(
                application.getBean(ServiceEngines.class).engine(serviceId).loads());
    }

    /** How many are in flight, to whatever endpoint. */
    public long inFlight() {
        return loads.countInFlight();
    }

    /** How many are in flight to the endpoint at a port of this machine. */
    public int inFlight(int port) {
        return load(port).inFlight();
    }

    /** How many of the last ones to the endpoint at a port of this machine have failed. */
    public int errorsInARow(int port) {
        return load(port).errorsInARow();
    }

    /** What those to the endpoint at a port of this machine have taught. */
    public CallHistory history(int port) {
        return load(port).history();
    }

    /** Waits for longer than a call to the endpoint at a port, which has just begun, is expected to take. */
    public void untilAnAnswerIsDue(int port) {
        CallAccountingTest.untilAnAnswerIsDue(load(port));
    }

    private CallLoad load(int port) {
        return loads.of(Endpoint.of("127.0.0.1", port));
    }
}
