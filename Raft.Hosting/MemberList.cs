using System.Globalization;
using System.Net;
using Raft.Impl.Core;
using Raft.Impl.Transport.Tcp;

namespace Raft.Hosting;

/// <summary>The members as the options name them.</summary>
internal static class MemberList
{
    /// <summary>Reads the members. Mistakes are added to a list.</summary>
    public static Dictionary<ServerId, MemberAddress> Read(RaftHostOptions options, ICollection<string> mistakes)
    {
        var members = new Dictionary<ServerId, MemberAddress>();
        foreach (var (number, address) in options.Members)
        {
            if (NumberOf(number) is not { } server)
            {
                mistakes.Add($"{nameof(options.Members)} has the key '{number}': a key is the number of a server.");
            }
            else if (AddressOf(address) is not { } known)
            {
                mistakes.Add($"The address of {server} is '{address}': it must be host:port, with a port from 1 to 65535.");
            }
            else if (IsUnspecified(known.Host))
            {
                mistakes.Add(
                    $"The address of {server} is '{address}': no other server can connect to {known.Host}. It must be the host at which "
                    + $"the others reach the server; {nameof(options.ListenAddress)} says where a server listens.");
            }
            else if (!members.TryAdd(server, known))
            {
                mistakes.Add($"{nameof(options.Members)} has {server} twice.");
            }
        }

        foreach (var (number, name) in options.CertificateNames)
        {
            var server = NumberOf(number);
            if (server is { } known && members.TryGetValue(known, out var address))
            {
                members[known] = address with { CertificateName = name ?? string.Empty };
            }
            else if (!options.Members.ContainsKey(number))
            {
                mistakes.Add(
                    $"{nameof(options.CertificateNames)} has the key '{number}', which is not one of {nameof(options.Members)}.");
            }

            if (!IsName(name))
            {
                mistakes.Add(
                    $"The name of {server?.ToString() ?? number} in {nameof(options.CertificateNames)} is '{name}': it must be a DNS name, "
                    + "without wildcards.");
            }
        }

        return members;
    }

    /// <summary>Whether certificates can be compared with a name.</summary>
    public static bool IsName(string? name) =>
        Uri.CheckHostName(name) is UriHostNameType.Dns or UriHostNameType.IPv4 or UriHostNameType.IPv6;

    // As the address of a listener it means all addresses of the machine.
    private static bool IsUnspecified(string host) =>
        IPAddress.TryParse(host, out var address)
        && (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address) is var plain
        && (plain.Equals(IPAddress.Any) || plain.Equals(IPAddress.IPv6Any));

    private static ServerId? NumberOf(string key) =>
        int.TryParse(key, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? new ServerId(number) : null;

    private static MemberAddress? AddressOf(string? text)
    {
        var colon = text?.LastIndexOf(':') ?? -1;
        if (text is null
            || colon < 1
            || !int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            || port is < 1 or > 65535)
        {
            return null;
        }

        var host = text[..colon];
        if (host.StartsWith('[') && host.EndsWith(']') && IPAddress.TryParse(host.AsSpan(1, host.Length - 2), out _))
        {
            return new MemberAddress(host[1..^1], port);
        }

        return Uri.CheckHostName(host) is UriHostNameType.Dns or UriHostNameType.IPv4 ? new MemberAddress(host, port) : null;
    }
}
