package io.github.zklb.springcloud.webclient;

import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.function.Function;
import org.reactivestreams.Publisher;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.ZeroCopyHttpOutputMessage;
import org.springframework.http.client.reactive.ClientHttpRequest;
import org.springframework.http.client.reactive.ClientHttpRequestDecorator;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A request of WebClient's to which the caller's body is written, and which tells if that fails by itself: the exchange then
 * fails too, and that looks like an error of the instance.
 */
class CallersBody extends ClientHttpRequestDecorator {

    private final Runnable failed;

    private CallersBody(ClientHttpRequest request, Runnable failed) {
        super(request);
        this.failed = failed;
    }

    /**
     * Watches what is written to a request.
     *
     * @param failed is told of an error of the body. One before anything is written is the body's own, such as a media type
     *     that nothing can write
     * @param write writes to the request
     */
    static Mono<Void> watch(ClientHttpRequest request, Runnable failed, Function<ClientHttpRequest, Mono<Void>> write) {
        ClientHttpRequest watched = request instanceof ZeroCopyHttpOutputMessage
                ? new WithFiles(request, failed)
                : new CallersBody(request, failed);
        return Mono.defer(() -> write.apply(watched)).doOnError(error -> {
            if (!request.isCommitted()) {
                failed.run();
            }
        });
    }

    @Override
    public Mono<Void> writeWith(Publisher<? extends DataBuffer> body) {
        return super.writeWith(watch(body));
    }

    @Override
    public Mono<Void> writeAndFlushWith(Publisher<? extends Publisher<? extends DataBuffer>> body) {
        return super.writeAndFlushWith(watch(Flux.from(body).map(this::watch)));
    }

    /** A Mono stays one: it is sent with its length. */
    private <T> Publisher<T> watch(Publisher<T> body) {
        return body instanceof Mono<T> mono
                ? mono.doOnError(error -> failed.run())
                : Flux.from(body).doOnError(error -> failed.run());
    }

    /** One that can send a file without copying it, and tells if that cannot be read. */
    private static final class WithFiles extends CallersBody implements ZeroCopyHttpOutputMessage {

        private final Runnable failed;

        WithFiles(ClientHttpRequest request, Runnable failed) {
            super(request, failed);
            this.failed = failed;
        }

        @Override
        public Mono<Void> writeWith(Path file, long position, long count) {
            return Mono.defer(() -> ((ZeroCopyHttpOutputMessage) getDelegate()).writeWith(file, position, count))
                    .doOnError(FileSystemException.class, error -> failed.run());
        }
    }
}
