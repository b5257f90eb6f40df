using System.Net;
using System.Net.Sockets;
using Raft.Impl.Binary;
using Raft.Impl.Core;
using Raft.Impl.Transport.Tcp;
using static Raft.Tests.Core.Server;

namespace Raft.Tests.Transport.Tcp;

/// <summary>A program that speaks the protocol byte by byte, correctly or not, to a server that listens.</summary>
internal sealed class Stranger : IDisposable
{
    private readonly TcpClient _client;
    private readonly NetworkStream _stream;

    private Stranger(TcpClient client) => (_client, _stream) = (client, client.GetStream());

    /// <summary>The handshake of S2 that connects to S1.</summary>
    public static Handshake Hello { get; } =
        new(1, 1, LoopbackCluster.Id, S2, S1, LinkKind.Messages, HandshakeStatus.Accepted);

    public static async Task<Stranger> ConnectAsync(LoopbackCluster cluster, IPAddress? from = null) =>
        new(await cluster.ConnectAsync(S1, from));

    /// <summary>Connects as S2, with a handshake that S1 accepts.</summary>
    public static async Task<Stranger> AcceptedAsync(LoopbackCluster cluster)
    {
        var stranger = await ConnectAsync(cluster);
        Assert.Equal(HandshakeStatus.Accepted, (await stranger.ShakeHandsAsync(Hello)).Status);
        return stranger;
    }

    public Task<Handshake> ShakeHandsAsync(Handshake hello) => ShakeHandsAsync(hello.ToArray());

    public async Task<Handshake> ShakeHandsAsync(byte[] hello)
    {
        await SendAsync(hello);
        var answer = new byte[Handshake.Bytes];
        await _stream.ReadExactlyAsync(answer).AsTask().WaitAsync(LoopbackCluster.Patience);
        return Handshake.Parse(answer);
    }

    public Task SendAsync(byte[] bytes) => _stream.WriteAsync(bytes).AsTask();

    public Task SendAsync(Message message) => SendAsync(FrameOf(message));

    /// <summary>Reads until the server closes the connection.</summary>
    /// <returns>How many bytes came before.</returns>
    public async Task<long> ReadToEndAsync()
    {
        var (buffer, all) = (new byte[4096], 0L);
        try
        {
            while (await _stream.ReadAsync(buffer).AsTask().WaitAsync(LoopbackCluster.Patience) is > 0 and var count)
            {
                all += count;
            }
        }
        catch (IOException)
        {
            // It was reset.
        }

        return all;
    }

    public void Dispose() => _client.Dispose();

    public static byte[] FrameOf(Message message)
    {
        var pipe = new System.IO.Pipelines.Pipe(new System.IO.Pipelines.PipeOptions(pauseWriterThreshold: 0));
        Frame.Write(pipe.Writer, message, int.MaxValue, new ByteWriter());
        Frame.Flush(pipe.Writer);
        pipe.Reader.TryRead(out var read);
        return System.Buffers.BuffersExtensions.ToArray(read.Buffer);
    }
}
