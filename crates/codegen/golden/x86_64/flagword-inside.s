# flagword/inside, rustc 1.95.0 (59807616e 2026-04-14)
# %rdi: the folio (flags 0, mapping 24, sequence 40, page_type 48, refcount 52); %rsi: overlay or zone

slab_alloc:
    movabsq $4294967298, %rax
    movq %rax, (%rdi)
    movq %rsi, 24(%rdi)
    retq

set_owner_flag:
    lock orq $8, (%rdi)
    retq

clear_owner_flag:
    lock andq $-9, (%rdi)
    retq

slab_free:
    movabsq $-4294967298, %rax
    lock xaddq %rax, (%rdi)
    shrq $32, %rax
    cmpl $1, %eax
    jne .L0
    movq 24(%rdi), %rax
    andl $3, %eax
    cmpl $2, %eax
    jne .L1
    movq $0, 24(%rdi)
.L1:
    cmpb $1, 4(%rsi)
    jne .L2
    movl $1, %ecx
.L3:
    xorl %eax, %eax
    lock cmpxchgl %ecx, (%rsi)
    jne .L4
    jmp .L2
.L5:
    pause
.L4:
    movl (%rsi), %eax
    testl %eax, %eax
    jne .L5
    jmp .L3
.L2:
    movl $-251658241, 48(%rdi)
    cmpb $0, 4(%rsi)
    je .L0
    movl $0, (%rsi)
.L0:
    retq

precheck:
    movq (%rdi), %rax
    andl $23, %eax
    cmpl $16, %eax
    sete %al
    retq

lock_movable:
    movq (%rdi), %rcx
    andl $23, %ecx
    movl $1, %eax
    cmpl $16, %ecx
    jne .L0
    lock btsq $0, (%rdi)
    movl $2, %eax
    jae .L1
.L0:
    retq
.L1:
    movq 24(%rdi), %rax
    andq $-4, %rax
    retq

isolate:
    movq (%rdi), %rax
    movabsq $4294967297, %rcx
.L0:
    movq %rax, %rdx
    shrq $32, %rdx
    je .L1
    movl %eax, %esi
    andl $23, %esi
    cmpl $16, %esi
    jne .L1
    leaq (%rax,%rcx), %rdx
    lock cmpxchgq %rdx, (%rdi)
    jne .L0
    movq 24(%rdi), %rcx
    andq $-4, %rcx
    movq (%rdi), %rax
    leaq -8(%rsp), %rdx
.L2:
    movq %rax, %rsi
    xorq $5, %rsi
    lock cmpxchgq %rsi, (%rdi)
    jne .L2
    movq %rax, (%rdx)
    movq %rcx, %rax
    retq
.L1:
    andl $22, %eax
    xorl %ecx, %ecx
    cmpl $16, %eax
    sete %cl
    incq %rcx
    testq %rdx, %rdx
    cmoveq %rdx, %rcx
    leaq -8(%rsp), %rdx
    xorl %eax, %eax
    movq %rax, (%rdx)
    movq %rcx, %rax
    retq
