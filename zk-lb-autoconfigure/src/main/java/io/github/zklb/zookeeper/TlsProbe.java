package io.github.zklb.zookeeper;

import io.github.zklb.Message;
import io.github.zklb.codec.Printable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.util.Collections;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/**
 * Finds out by a handshake of its own why a TLS connection to ZooKeeper fails: ZooKeeper's client tells it to its log
 * only. Sends nothing but the handshake. Blocks for some seconds at most.
 */
record TlsProbe(String bundle, SSLContext context, @Nullable KeyStore keyStore) {

    private static final int CONNECT_MILLIS = 3_000;
    private static final int ATTEMPTS = 3;
    private static final int ANSWER_MILLIS = 1_000;
    private static final String BROKEN = "it breaks the connection";

    TlsProbe {
        bundle = "SSL bundle '" + Printable.of(bundle) + "' (zk-lb.zookeeper.ssl.bundle)";
    }

    /** What hinders TLS with a server; empty if it is there and nothing does, or if there is no server. */
    Optional<String> trouble(String host, int port) {
        Optional<String> why = Optional.of(BROKEN);
        for (int attempt = 0; attempt < ATTEMPTS && why.equals(Optional.of(BROKEN)); attempt++) {
            why = attempt(host, port); // The server may have said why, but the end of the connection was faster.
        }
        return why.map(words -> "TLS with " + Printable.of(host) + ':' + port + " fails: "
                + (words.equals(BROKEN) ? refused(BROKEN) : words));
    }

    private Optional<String> attempt(String host, int port) {
        try (Socket plain = new Socket()) {
            plain.connect(new InetSocketAddress(host, port), CONNECT_MILLIS);
            plain.setSoTimeout(CONNECT_MILLIS);
            return handshake(plain, host, port);
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private Optional<String> handshake(Socket plain, String host, int port) {
        boolean agreed = false;
        try (SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(plain, host, port, true)) {
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            socket.setSSLParameters(parameters);
            socket.startHandshake();
            agreed = true;
            // With TLS 1.3 the server judges the client's certificate only after the client is done.
            socket.setSoTimeout(ANSWER_MILLIS);
            return socket.getInputStream().read() < 0 ? Optional.of(BROKEN) : Optional.empty();
        } catch (SocketTimeoutException e) {
            return agreed
                    ? Optional.empty()
                    : Optional.of(Message.THE_SERVER_DOES_NOT_ANSWER_WITH_TLS.of(
                            "the server does not answer; it may speak no TLS on this port"));
        } catch (SSLException e) {
            return Optional.of(words(e));
        } catch (IOException e) {
            return Optional.of(BROKEN);
        }
    }

    /** What a certificate's chain says counts more than what is made of it further out, and its dates most. */
    private String words(SSLException failure) {
        String words = null;
        for (Throwable cause = failure.getCause(); cause != null; cause = cause.getCause()) {
            String message = Printable.of(String.valueOf(cause.getMessage()));
            if (cause instanceof CertificateExpiredException || cause instanceof CertificateNotYetValidException) {
                return Message.CERTIFICATE_NOT_VALID_NOW.of(
                        "the server's certificate is not valid now (" + message + "); renew it");
            } else if (cause instanceof CertPathBuilderException || cause instanceof CertPathValidatorException) {
                words = Message.CERTIFICATE_NOT_SIGNED_BY_A_TRUSTED_AUTHORITY.of(
                        "the server's certificate is not signed by anyone whom the trust store of " + bundle + " has");
            } else if (words == null && cause instanceof CertificateException) {
                words = Message.CERTIFICATE_NOT_ACCEPTED.of(
                        "the server's certificate is not accepted (" + message + ")");
            }
        }
        String message = Printable.of(String.valueOf(failure.getMessage()));
        if (words != null) {
            return words;
        }
        if (message.contains("fatal alert")) {
            return refused(message);
        }
        return message.contains("Unsupported or unrecognized SSL message")
                        || message.contains("terminated the handshake")
                ? Message.THE_SERVER_DOES_NOT_ANSWER_WITH_TLS.of(
                        "the server does not answer with TLS; is this the port for it?")
                : message;
    }

    private String refused(String how) {
        return Message.THE_CLIENTS_CERTIFICATE.of(ownCertificate()
                .orElse("the server does not accept the client certificate of " + bundle + " (" + how + ")"));
    }

    /** What is wrong with the client's own certificate, as far as it can be seen here. */
    private Optional<String> ownCertificate() {
        if (keyStore == null) {
            return Optional.of(bundle + " has no client certificate, which the server may demand");
        }
        try {
            for (String alias : Collections.list(keyStore.aliases())) {
                if (keyStore.isKeyEntry(alias) && keyStore.getCertificate(alias) instanceof X509Certificate own) {
                    own.checkValidity();
                }
            }
            return Optional.empty();
        } catch (CertificateException e) {
            return Optional.of("the client certificate of " + bundle + " is not valid now: "
                    + Printable.of(String.valueOf(e.getMessage())) + "; renew it");
        } catch (GeneralSecurityException e) {
            return Optional.empty();
        }
    }
}
